#include "api/s3/checksum.h"

#include <gtest/gtest.h>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/crc.h"

namespace millrace::s3 {
namespace {

TEST(Crc, HasTheCheckValuesOfTheCatalogue) {
  Crc32 a;
  a.update("123456789");
  EXPECT_EQ(a.value(), 0xCBF43926u);
  Crc32c b;
  b.update("123456789");
  EXPECT_EQ(b.value(), 0xE3069283u);
  Crc64Nvme c;
  c.update("123456789");
  EXPECT_EQ(c.value(), 0xAE8B14860A799888u);
}

TEST(Crc, DoesNotDependOnHowTheTextIsCut) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  Crc64Nvme whole;
  whole.update(text);
  for (const std::size_t step : {1, 3, 8, 9, 64}) {
    Crc64Nvme pieces;
    for (std::size_t at = 0; at < text.size(); at += step)
      pieces.update(std::string_view(text).substr(at, step));
    EXPECT_EQ(pieces.value(), whole.value()) << step;
  }
}

TEST(Checksum, OfAWholeObjectFollowsFromItsParts) {
  const std::vector<std::string> texts{"hello ", "", std::string(100'000, 'x'), "world"};
  for (const Algorithm a : {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme}) {
    std::string all;
    std::vector<PartDigest> parts;
    for (const std::string& text : texts) {
      all += text;
      parts.push_back({digest_of(a, text), text.size()});
    }
    EXPECT_EQ(combined(a, parts), digest_of(a, all)) << name_of(a);
  }
}

TEST(Checksum, IsBigEndianBase64) {
  // The values that SDKs send for "hello".
  EXPECT_EQ(base64_encode(digest_of(Algorithm::crc32, "hello")), "NhCmhg==");
  EXPECT_EQ(base64_encode(digest_of(Algorithm::sha256, "")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(hex(md5_of("hello")), "5d41402abc4b2a76b9719d911017c592");
  for (const Algorithm a : kAlgorithms) EXPECT_EQ(digest_of(a, "x").size(), size_of(a));
}

TEST(Checksum, OfACompositeHasTheNumberOfPartsBehindIt) {
  const std::vector<PartDigest> parts{{digest_of(Algorithm::sha256, "a"), 1},
                                      {digest_of(Algorithm::sha256, "b"), 1}};
  EXPECT_EQ(composite(Algorithm::sha256, parts),
            base64_encode(sha256_of(sha256_of("a") + sha256_of("b"))) + "-2");
}

}  // namespace
}  // namespace millrace::s3
