#include "api/kms/ciphertext.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::kms {
namespace {

const std::string kId = "1234abcd-12ab-34cd-56ef-1234567890ab";

Secret material(char byte) { return Secret(std::string(32, byte)); }

std::string sealed(const std::string& plaintext, const EncryptionContext& context = {}) {
  return seal_ciphertext(material('m'), {kId, 7}, context, plaintext);
}
// The plaintext, or "refused".
std::string opened(std::string_view blob, const EncryptionContext& context = {}, char byte = 'm') {
  const auto plain = open_ciphertext(material(byte), blob, context);
  return plain ? plain->copy() : "refused";
}

TEST(Ciphertext, OpensWithItsContext) {
  const EncryptionContext context{{"b", "2"}, {"a", ""}};
  for (const std::string& plain : {std::string("x"), std::string(4096, 'y'), std::string("\0\xff", 2)})
    EXPECT_EQ(opened(sealed(plain, context), {{"a", ""}, {"b", "2"}}), plain);
  EXPECT_EQ(sealed("x").size(), 1 + kBlobBytes);
}

TEST(Ciphertext, SaysWhichKeyAndMaterialItNeeds) {
  const auto head = head_of(sealed("x"));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->key_id, kId);
  EXPECT_EQ(head->material, 7u);
}

TEST(Ciphertext, OpensWithNoOtherContextOrMaterial) {
  const EncryptionContext context{{"key", "value"}};
  const std::string blob = sealed("x", context);
  EXPECT_EQ(opened(blob, {}), "refused");
  EXPECT_EQ(opened(blob, {{"key", "values"}}), "refused");
  EXPECT_EQ(opened(blob, {{"keyv", "alue"}}), "refused");
  EXPECT_EQ(opened(blob, {{"key", "value"}, {"a", "b"}}), "refused");
  EXPECT_EQ(opened(blob, context, 'n'), "refused");
}

TEST(Ciphertext, ChangedBytesAreRefused) {
  const std::string blob = sealed("plaintext");
  for (std::size_t i = 0; i < blob.size(); ++i) {
    std::string changed = blob;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(opened(changed), "refused") << i;
  }
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_EQ(opened(blob.substr(0, size)), "refused") << size;
    if (size < kBlobBytes) EXPECT_FALSE(head_of(blob.substr(0, size))) << size;
  }
  EXPECT_EQ(opened(blob + "x"), "refused");
}

TEST(Ciphertext, OtherBytesAreNoCiphertext) {
  EXPECT_FALSE(head_of(""));
  EXPECT_FALSE(head_of(std::string(6144, 'x')));
  std::string other_format = sealed("x");
  other_format[4] = '\x02';
  EXPECT_FALSE(head_of(other_format));
}

TEST(Ciphertext, NoTwoAreTheSame) { EXPECT_NE(sealed("x"), sealed("x")); }

TEST(Ciphertext, MistakesOfTheCallerThrow) {
  EXPECT_THROW((void)seal_ciphertext(Secret("short"), {kId, 0}, {}, "x"), std::invalid_argument);
  EXPECT_THROW((void)seal_ciphertext(material('m'), {"id", 0}, {}, "x"), std::invalid_argument);
}

TEST(Ciphertext, IdsAreUuidsInLowerCase) {
  EXPECT_TRUE(is_uuid(kId));
  for (const char* text : {"", "1234ABCD-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890a",
                           "1234abcd012ab034cd056ef01234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ag"})
    EXPECT_FALSE(is_uuid(text)) << text;
}

}  // namespace
}  // namespace millrace::kms
