#include "api/core/md5_many.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace millrace {
namespace {

TEST(Md5Many, DigestsAreThoseOfOneAtATime) {
  std::mt19937 random(1);
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<std::string> texts(count);
    for (std::string& text : texts) {
      text.resize(random() % 130);
      for (char& c : text) c = static_cast<char>(random());
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<Md5Digest> digests(count);
    md5_many(views, digests);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(digests[i], md5(texts[i])) << texts[i].size();
  }
}

TEST(Md5Many, EveryLengthAroundABlock) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::vector<std::string> texts(9, std::string(size, 'k'));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<Md5Digest> digests(9);
    md5_many(views, digests);
    for (const Md5Digest& digest : digests) EXPECT_EQ(digest, md5(texts[0])) << size;
  }
}

TEST(Md5Many, TheVectorsOfRfc1321) {
  const auto hex = [](const Md5Digest& digest) {
    std::string text;
    for (const unsigned char byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  };
  const std::vector<std::string_view> texts = {"", "a", "abc", "message digest",
                                               "abcdefghijklmnopqrstuvwxyz"};
  std::vector<Md5Digest> digests(texts.size());
  md5_many(texts, digests);
  EXPECT_EQ(hex(digests[0]), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex(digests[1]), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(hex(digests[2]), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(digests[3]), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(hex(digests[4]), "c3fcd3d76192e4007dfb496cca67e13b");
}

}  // namespace
}  // namespace millrace
