// Data key pairs: RSA or EC pairs whose private key is encrypted with a symmetric key.
#pragma once

#include "api/kms/asymmetric.h"
#include "api/kms/data_key.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

inline constexpr Rules kKeyPairSpec = one_of<"RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256",
                                             "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1">;

struct WrappedPair {
  KeyPair pair;
  Wrapped wrapped;
};
// What a request for a pair has.
struct KeyPairRequest {
  std::string key;  // the symmetric one
  std::string spec;
  EncryptionContext context;
  std::optional<bool> dry_run;
};
// Throws the errors of wrap_secret, and DryRunOperationException for a dry run.
[[nodiscard]] asio::awaitable<WrappedPair> generate_pair(Kms& k, const Principal& caller,
                                                         KeyPairRequest request, const char* operation);

}  // namespace millrace::kms
