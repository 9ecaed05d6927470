#include "api/core/base64.h"

#include <gtest/gtest.h>

#include <random>

#include "api/core/base64_simd.h"

namespace millrace {
namespace {

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, DecodesWhatItEncodes) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 37 + i / 256);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zh==", "Zm9=", "Zm9v!g==", "Zm 9", "Zm9\\", "=Zg="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

// Each way by itself: it goes as far as it likes, and no further than it may.
TEST(Base64, EachVectorWayDoesWhatTheSlowOneDoes) {
  std::mt19937 random(1);
  for (const base64_simd::Way& way : base64_simd::ways()) {
    SCOPED_TRACE(way.name);
    std::size_t most = 0;
    for (std::size_t size = 0; size < 400; ++size) {
      std::string bytes(size, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      const std::string text = base64_encode(bytes);
      std::vector<char> out(size / 3 * 4);  // so that a sanitizer sees what is written behind
      const std::size_t encoded = way.encode(bytes.data(), size, out.data());
      ASSERT_EQ(encoded % 3, 0u);
      ASSERT_LE(encoded, size);
      ASSERT_EQ(std::string_view(out.data(), encoded / 3 * 4), text.substr(0, encoded / 3 * 4));
      const std::size_t groups = size / 3 * 4;
      std::vector<char> back(size / 3 * 3);
      const std::size_t decoded = way.decode(text.data(), groups, back.data());
      ASSERT_EQ(decoded % 4, 0u);
      ASSERT_LE(decoded, groups);
      ASSERT_EQ(std::string_view(back.data(), decoded / 4 * 3), bytes.substr(0, decoded / 4 * 3));
      most = std::max(most, decoded);
    }
    EXPECT_EQ(most > 300, way.name != std::string("none"));
  }
}

TEST(Base64, EachVectorWayStopsInFrontOfWhatIsNotOfTheAlphabet) {
  const std::string good = base64_encode(std::string(150, 'g'));
  for (const base64_simd::Way& way : base64_simd::ways()) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text = good;
        text[at] = static_cast<char>(c);
        char out[150];
        const bool of_alphabet = base64_decode(text.substr(at / 4 * 4, 4)).has_value();
        const std::size_t decoded = way.decode(text.data(), text.size(), out);
        if (!of_alphabet) ASSERT_LE(decoded, at) << way.name << " took " << c << " at " << at;
        ASSERT_EQ(base64_decode(text).has_value(), of_alphabet) << c << " at " << at;
      }
    }
  }
}

}  // namespace
}  // namespace millrace
