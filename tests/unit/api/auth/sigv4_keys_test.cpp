#include "api/auth/sigv4_keys.h"

#include <gtest/gtest.h>

namespace millrace::auth {
namespace {

std::string hex_of(const Hash& hash) {
  std::string out;
  append_hex(out, hash);
  return out;
}

TEST(SigningKeys, AreDerivedAsDocumented) {
  // Source: AWS General Reference, "Examples of how to derive a signing key for Signature Version 4".
  EXPECT_EQ(hex_of(derive_signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                      {"AKIDEXAMPLE", "20150830", "us-east-1", "iam"})),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(SigningKeys, HashesAreThoseOfTheStandards) {
  EXPECT_EQ(hex_of(sha256_hash("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_of(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  BodyHash hash;
  for (const char* piece : {"a", "", "bc"}) hash.update(piece);
  EXPECT_EQ(hash.take(), sha256_hash("abc"));
  EXPECT_EQ(hash.take(), sha256_hash(""));
}

TEST(SigningKeys, AreFoundWithTheirSecretAlone) {
  SigningKeys keys;
  const KeyScope scope{"AKID", "20260131", "us-east-1", "kinesis"};
  EXPECT_FALSE(keys.find("secret", scope));
  const Hash key = derive_signing_key("secret", scope);
  keys.keep("secret", scope, key);
  EXPECT_EQ(keys.find("secret", scope), key);
  EXPECT_FALSE(keys.find("another", scope));
  EXPECT_FALSE(keys.find("secret", {"AKID", "20260131", "us-east-1", "dynamodb"}));
  keys.keep("another", scope, derive_signing_key("another", scope));
  EXPECT_FALSE(keys.find("secret", scope));
  EXPECT_TRUE(keys.find("another", scope));
  EXPECT_EQ(keys.size(), 1u);
}

TEST(SigningKeys, AreBounded) {
  SigningKeys keys(10);
  const auto scope = [](const std::string& access_key) {
    return KeyScope{access_key, "20260131", "us-east-1", "kinesis"};
  };
  const std::string used = "used";
  keys.keep("secret", scope(used), {});
  for (int i = 0; i < 100; ++i) {
    const std::string name = "AKID" + std::to_string(i);
    keys.keep("secret", scope(name), {});
    EXPECT_LE(keys.size(), 10u);
    EXPECT_TRUE(keys.find("secret", scope(name)));
    EXPECT_TRUE(keys.find("secret", scope(used))) << i;  // what is used stays
  }
  EXPECT_FALSE(keys.find("secret", scope("AKID0")));
}

}  // namespace
}  // namespace millrace::auth
