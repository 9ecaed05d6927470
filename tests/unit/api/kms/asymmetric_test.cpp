#include "api/kms/asymmetric.h"

#include <gtest/gtest.h>

#include "api/core/digest.h"

namespace millrace::kms {
namespace {

// Signs with each algorithm of a spec, and checks what verifies.
void check_signatures(const char* name) {
  const KeySpec& spec = *spec_named(name);
  const KeyPair pair = new_key_pair(spec), other = new_key_pair(spec);
  for (const char* algorithm_name : algorithms_of(spec, kSignVerify)) {
    const Algorithm& a = *algorithm_named(algorithm_name);
    const std::string signature = sign(pair.private_key, a, Message::raw, "message");
    EXPECT_TRUE(verifies(pair.public_key, a, Message::raw, "message", signature)) << algorithm_name;
    EXPECT_FALSE(verifies(pair.public_key, a, Message::raw, "massage", signature)) << algorithm_name;
    EXPECT_FALSE(verifies(other.public_key, a, Message::raw, "message", signature)) << algorithm_name;
    EXPECT_FALSE(verifies(pair.public_key, a, Message::raw, "message", "no signature")) << algorithm_name;
    if (a.digest_bytes == 32) {
      const std::string digest = sha256("message");
      EXPECT_TRUE(verifies(pair.public_key, a, Message::digest, digest, signature)) << algorithm_name;
      const std::string of_digest = sign(pair.private_key, a, Message::digest, digest);
      EXPECT_TRUE(verifies(pair.public_key, a, Message::raw, "message", of_digest)) << algorithm_name;
    }
  }
}

TEST(Asymmetric, EverySignatureAlgorithmVerifies) {
  for (const char* spec : {"RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"})
    check_signatures(spec);
}

TEST(Asymmetric, OaepDecryptsWhatItEncrypted) {
  const KeySpec& spec = *spec_named("RSA_2048");
  const KeyPair pair = new_key_pair(spec);
  for (const char* name : algorithms_of(spec, kEncryptDecrypt)) {
    const Algorithm& a = *algorithm_named(name);
    const std::string most(max_plaintext(spec, a), 'x');
    const std::string ciphertext = encrypt_oaep(pair.public_key, a, most);
    const auto plain = decrypt_oaep(pair.private_key, a, ciphertext);
    ASSERT_TRUE(plain) << name;
    EXPECT_EQ(plain->view(), most);
    std::string changed = ciphertext;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    EXPECT_FALSE(decrypt_oaep(pair.private_key, a, changed));
    EXPECT_FALSE(decrypt_oaep(pair.private_key, a, "short"));
  }
  EXPECT_EQ(max_plaintext(spec, *algorithm_named("RSAES_OAEP_SHA_1")), 214u);
  EXPECT_EQ(max_plaintext(spec, *algorithm_named("RSAES_OAEP_SHA_256")), 190u);
}

// RFC 4231, test case 2.
TEST(Asymmetric, MacsAreHmacs) {
  const Secret key("Jefe");
  const Algorithm& a = *algorithm_named("HMAC_SHA_256");
  const std::string mac = mac_of(key, a, "what do ya want for nothing?");
  EXPECT_EQ(hex(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_TRUE(is_mac(key, a, "what do ya want for nothing?", mac));
  EXPECT_FALSE(is_mac(key, a, "what do ya want for nothing", mac));
  EXPECT_FALSE(is_mac(key, a, "what do ya want for nothing?", mac.substr(1)));
}

TEST(Specs, EverySpecHasAUsageAndAlgorithmsThatExist) {
  for (const char* name :
       {"SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384",
        "ECC_NIST_P521", "ECC_SECG_P256K1", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"}) {
    const KeySpec* const spec = spec_named(name);
    ASSERT_TRUE(spec) << name;
    int usages = 0;
    for (const std::string_view usage : {kEncryptDecrypt, kSignVerify, kGenerateVerifyMac}) {
      usages += has_usage(*spec, usage);
      for (const char* algorithm : algorithms_of(*spec, usage)) EXPECT_TRUE(algorithm_named(algorithm));
    }
    EXPECT_EQ(usages, spec->family == Family::rsa ? 2 : 1) << name;
  }
  EXPECT_FALSE(spec_named("SM2"));
  EXPECT_FALSE(algorithm_named("SM2DSA"));
}

}  // namespace
}  // namespace millrace::kms
