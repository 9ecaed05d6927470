#include "api/core/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace millrace {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Gunzip, ReturnsWhatWasCompressed) {
  std::string large;
  for (int i = 0; large.size() < 1'000'000; ++i) large += std::to_string(i * 7919);
  for (const std::string& text : {std::string(), std::string("{}"), large}) {
    std::string out = "before";
    EXPECT_EQ(gunzip(gzip(text), 1 << 24, out), Gunzip::done);
    EXPECT_EQ(out, text);
  }
}

TEST(Gunzip, StopsAtTheLimit) {
  std::string out;
  EXPECT_EQ(gunzip(gzip(std::string(100'000, 'x')), 100'000, out), Gunzip::done);
  EXPECT_EQ(gunzip(gzip(std::string(100'001, 'x')), 100'000, out), Gunzip::too_large);
  EXPECT_EQ(gunzip(gzip(std::string(100'000'000, 'x')), 100'000, out), Gunzip::too_large);
  EXPECT_LE(out.capacity(), 200'002u);
}

TEST(Gunzip, RefusesWhatIsNone) {
  const std::string good = gzip("hello hello hello");
  std::string out;
  EXPECT_EQ(gunzip("", 100, out), Gunzip::malformed);
  EXPECT_EQ(gunzip("{}", 100, out), Gunzip::malformed);
  EXPECT_EQ(gunzip(good + "x", 100, out), Gunzip::malformed);
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(gunzip(std::string_view(good).substr(0, n), 100, out), Gunzip::malformed) << n;
  std::string wrong = good;
  wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] ^ 1);  // in the checksum
  EXPECT_EQ(gunzip(wrong, 100, out), Gunzip::malformed);
}

}  // namespace
}  // namespace millrace
