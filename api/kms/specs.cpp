#include "api/kms/specs.h"

#include <algorithm>

namespace millrace::kms {

namespace {

using Padding = Algorithm::Padding;

constexpr KeySpec kSpecs[] = {
    {"SYMMETRIC_DEFAULT", Family::symmetric, 256},
    {"RSA_2048", Family::rsa, 2048},
    {"RSA_3072", Family::rsa, 3072},
    {"RSA_4096", Family::rsa, 4096},
    {"ECC_NIST_P256", Family::ec, 256, "P-256"},
    {"ECC_NIST_P384", Family::ec, 384, "P-384"},
    {"ECC_NIST_P521", Family::ec, 521, "P-521"},
    {"ECC_SECG_P256K1", Family::ec, 256, "secp256k1"},
    {"HMAC_224", Family::mac, 224},
    {"HMAC_256", Family::mac, 256},
    {"HMAC_384", Family::mac, 384},
    {"HMAC_512", Family::mac, 512},
};

constexpr Algorithm kAlgorithms[] = {
    {"SYMMETRIC_DEFAULT"},
    {"RSAES_OAEP_SHA_1", "SHA1", 20, Padding::oaep},
    {"RSAES_OAEP_SHA_256", "SHA256", 32, Padding::oaep},
    {"RSASSA_PSS_SHA_256", "SHA256", 32, Padding::pss},
    {"RSASSA_PSS_SHA_384", "SHA384", 48, Padding::pss},
    {"RSASSA_PSS_SHA_512", "SHA512", 64, Padding::pss},
    {"RSASSA_PKCS1_V1_5_SHA_256", "SHA256", 32, Padding::pkcs1},
    {"RSASSA_PKCS1_V1_5_SHA_384", "SHA384", 48, Padding::pkcs1},
    {"RSASSA_PKCS1_V1_5_SHA_512", "SHA512", 64, Padding::pkcs1},
    {"ECDSA_SHA_256", "SHA256", 32},
    {"ECDSA_SHA_384", "SHA384", 48},
    {"ECDSA_SHA_512", "SHA512", 64},
    {"HMAC_SHA_224", "SHA224", 28},
    {"HMAC_SHA_256", "SHA256", 32},
    {"HMAC_SHA_384", "SHA384", 48},
    {"HMAC_SHA_512", "SHA512", 64},
};

constexpr const char* kSymmetricAlgorithms[] = {"SYMMETRIC_DEFAULT"};
constexpr const char* kRsaEncryption[] = {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"};
constexpr const char* kRsaSignatures[] = {"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384",
                                          "RSASSA_PKCS1_V1_5_SHA_512", "RSASSA_PSS_SHA_256",
                                          "RSASSA_PSS_SHA_384",        "RSASSA_PSS_SHA_512"};

// Those of the keys that have one algorithm only.
struct OneAlgorithm {
  std::string_view spec;
  const char* algorithms[1];
};
constexpr OneAlgorithm kOne[] = {
    {"ECC_NIST_P256", {"ECDSA_SHA_256"}}, {"ECC_NIST_P384", {"ECDSA_SHA_384"}},
    {"ECC_NIST_P521", {"ECDSA_SHA_512"}}, {"ECC_SECG_P256K1", {"ECDSA_SHA_256"}},
    {"HMAC_224", {"HMAC_SHA_224"}},       {"HMAC_256", {"HMAC_SHA_256"}},
    {"HMAC_384", {"HMAC_SHA_384"}},       {"HMAC_512", {"HMAC_SHA_512"}},
};

std::span<const char* const> one_algorithm(const KeySpec& spec) {
  for (const OneAlgorithm& one : kOne)
    if (one.spec == spec.name) return one.algorithms;
  return {};
}

}  // namespace

const KeySpec* spec_named(std::string_view name) {
  for (const KeySpec& spec : kSpecs)
    if (name == spec.name) return &spec;
  return nullptr;
}

const Algorithm* algorithm_named(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms)
    if (name == algorithm.name) return &algorithm;
  return nullptr;
}

bool has_usage(const KeySpec& spec, std::string_view usage) { return !algorithms_of(spec, usage).empty(); }

std::span<const char* const> algorithms_of(const KeySpec& spec, std::string_view usage) {
  switch (spec.family) {
    case Family::symmetric:
      if (usage == kEncryptDecrypt) return kSymmetricAlgorithms;
      break;
    case Family::mac:
      if (usage == kGenerateVerifyMac) return one_algorithm(spec);
      break;
    case Family::rsa:
      if (usage == kEncryptDecrypt) return kRsaEncryption;
      if (usage == kSignVerify) return kRsaSignatures;
      break;
    case Family::ec:
      if (usage == kSignVerify) return one_algorithm(spec);
      break;
  }
  return {};
}

bool has_algorithm(const KeySpec& spec, std::string_view usage, std::string_view algorithm) {
  const auto all = algorithms_of(spec, usage);
  return std::any_of(all.begin(), all.end(), [&](const char* one) { return algorithm == one; });
}

std::size_t max_plaintext(const KeySpec& spec, const Algorithm& algorithm) {
  return static_cast<std::size_t>(spec.bits / 8 - 2 * algorithm.digest_bytes - 2);
}

}  // namespace millrace::kms
