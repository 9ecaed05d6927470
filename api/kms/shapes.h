// Constraints and members that more than one operation has. Source: botocore kms/2014-11-01. The order of the
// values is that of AWS's messages, where it is known (LocalStack's recordings); values that are not
// supported here are left out.
#pragma once

#include "api/core/operation.h"
#include "api/kms/ciphertext.h"
#include "api/kms/errors.h"
#include "api/kms/find.h"

namespace millrace::kms {

// An id, an alias, or the ARN of either.
inline constexpr Rules kKeyId = rules(length(1, 2048));
inline constexpr Rules kAliasName = rules(length(1, 256), pattern("^[a-zA-Z0-9:/_-]+$"));
inline constexpr Rules kDescription = rules(length(0, 8192));
inline constexpr Rules kPolicyName = rules(length(1, 128), pattern("[\\w]+"));
inline constexpr Rules kPolicy = rules(length(1, 131072));
inline constexpr Rules kPrincipalId = rules(length(1, 256), pattern("^[\\w+=,.@:/-]+$"));
inline constexpr Rules kServicePrincipal =
    rules(length(1, 128), pattern("^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$"));
inline constexpr Rules kGrantId = rules(length(1, 128));
inline constexpr Rules kGrantToken = rules(length(1, 8192));
inline constexpr Rules kLimit = rules(range(1, 1000));
inline constexpr Rules kMarker = rules(length(1, 1024));
inline constexpr Rules kCiphertext = rules(length(1, 6144));

inline constexpr Rules kKeyUsage = one_of<"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC">;
inline constexpr Rules kKeySpec =
    one_of<"RSA_2048", "ECC_NIST_P384", "ECC_NIST_P256", "ECC_NIST_P521", "HMAC_384", "RSA_3072",
           "ECC_SECG_P256K1", "RSA_4096", "SYMMETRIC_DEFAULT", "HMAC_256", "HMAC_224", "HMAC_512">;
inline constexpr Rules kEncryptionAlgorithm =
    one_of<"SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256">;
inline constexpr Rules kMacAlgorithm = one_of<"HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512">;
inline constexpr Rules kSigningAlgorithm =
    one_of<"RSASSA_PKCS1_V1_5_SHA_512", "RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384",
           "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512", "ECDSA_SHA_256", "ECDSA_SHA_384",
           "ECDSA_SHA_512">;
inline constexpr Rules kMessageType = one_of<"RAW", "DIGEST">;
inline constexpr Rules kDataKeySpec = one_of<"AES_256", "AES_128">;
inline constexpr Rules kNumberOfBytes = rules(range(1, 1024));

inline constexpr UnreadField kGrantTokens = ignored<std::vector<std::string>>(
    "GrantTokens", "grants take effect at once here", length(0, 10), each(length(1, 8192)));
inline constexpr UnreadField kRecipient = refused("Recipient", "there are no Nitro enclaves here");
inline constexpr UnreadField kDryRunModifiers =
    refused("DryRunModifiers", "a dry run needs the ciphertext here");

inline constexpr std::size_t kMaxPlaintext = 4096;

// Plaintexts and messages are secret: AWS's messages do not repeat them.
inline void check_length(const char* member, const Blob& secret) {
  if (secret.bytes.empty()) throw invalid_length(member, "greater than or equal to 1");
  if (secret.bytes.size() > kMaxPlaintext)
    throw invalid_length(member, "less than or equal to " + std::to_string(kMaxPlaintext));
}

// Throws DryRunOperationException for a dry run, behind all checks.
inline void check_dry_run(const std::optional<bool>& wanted) {
  if (wanted.value_or(false)) throw dry_run();
}

// The input and output of operations that name a key, and nothing else of theirs is read.
struct KeyInput {
  std::string key;
};
inline constexpr auto kKeyInput = shape<KeyInput>(field("KeyId", &KeyInput::key, required, kKeyId));
struct KeyOutput {
  std::string arn;
};
inline constexpr auto kKeyOutput = shape<KeyOutput>(field("KeyId", &KeyOutput::arn));

}  // namespace millrace::kms
