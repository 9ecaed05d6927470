// What kinds of keys there are: their key specs, key usages and algorithms. Sources: botocore kms/2014-11-01;
// KMS Developer Guide, "Key spec reference".
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace millrace::kms {

inline constexpr std::string_view kEncryptDecrypt = "ENCRYPT_DECRYPT", kSignVerify = "SIGN_VERIFY",
                                  kGenerateVerifyMac = "GENERATE_VERIFY_MAC";
inline constexpr std::string_view kSymmetricDefault = "SYMMETRIC_DEFAULT";

enum class Family { symmetric, mac, rsa, ec };

// The algorithms and the digests have OpenSSL's names.
struct Algorithm {
  enum class Padding { none, pkcs1, pss, oaep };

  const char* name = "";    // of KMS: "RSASSA_PSS_SHA_256"
  const char* digest = "";  // "SHA256"; empty for SYMMETRIC_DEFAULT
  int digest_bytes = 0;
  Padding padding = Padding::none;
};

struct KeySpec {
  const char* name = "";  // "ECC_NIST_P256"
  Family family = Family::symmetric;
  int bits = 0;            // of the secret of a symmetric or MAC key, of the modulus of an RSA key
  const char* curve = "";  // of an EC key
};

// nullptr: there is no such key spec here.
[[nodiscard]] const KeySpec* spec_named(std::string_view name);
// nullptr: there is no such algorithm.
[[nodiscard]] const Algorithm* algorithm_named(std::string_view name);

[[nodiscard]] bool has_usage(const KeySpec& spec, std::string_view usage);
// In the order in which DescribeKey lists them. Empty if the spec does not have the usage.
[[nodiscard]] std::span<const char* const> algorithms_of(const KeySpec& spec, std::string_view usage);
[[nodiscard]] bool has_algorithm(const KeySpec& spec, std::string_view usage, std::string_view algorithm);

// The largest plaintext that an RSA key encrypts, in bytes (RFC 8017, section 7.1.1).
[[nodiscard]] std::size_t max_plaintext(const KeySpec& spec, const Algorithm& algorithm);

}  // namespace millrace::kms
