// KMS for the other services of this server, which encrypt their data with data keys. A service declares the
// interface that it needs in its own folder; the application implements it with this class.
#pragma once

#include "api/kms/ciphertext.h"
#include "api/kms/service.h"

namespace millrace::kms {

enum class KeyFault {
  not_found,      // no such key or alias in the caller's account and region
  access_denied,  // a key of another account
  disabled,
  invalid_state,   // pending deletion
  wrong_usage,     // not a symmetric encryption key
  bad_ciphertext,  // changed, made with another encryption context, or not a ciphertext of KMS
  unavailable,     // the material cannot be decrypted with the master key
};

class KeyError : public std::runtime_error {
 public:
  KeyError(KeyFault fault, const std::string& text) : std::runtime_error(text), fault_(fault) {}
  [[nodiscard]] KeyFault fault() const { return fault_; }

 private:
  KeyFault fault_;
};

struct DataKey {
  Secret plaintext;        // 32 bytes
  std::string ciphertext;  // at most kBlobBytes longer; to be stored with the data
  std::string key_arn;
};

// Refers to the service, which outlives it. Safe from any thread. `as`: the account and region whose keys are
// meant; who may use them is the caller's to check. Functions throw KeyError and StorageFailure.
class Keys {
 public:
  explicit Keys(Kms& kms) : kms_(kms) {}

  // The ARN of the key, by id, alias, or the ARN of either, whatever its state. An alias of AWS such as
  // alias/aws/kinesis is created with its key when it is first named.
  [[nodiscard]] asio::awaitable<std::string> arn_of(Principal as, std::string key) const;
  // The text of the key's policy.
  [[nodiscard]] asio::awaitable<std::string> policy_of(Principal as, std::string key) const;
  // A new random data key, encrypted with the key's current material.
  [[nodiscard]] asio::awaitable<DataKey> generate_data_key(Principal as, std::string key,
                                                           EncryptionContext context) const;
  // The plaintext of a data key's ciphertext, with the context that it was made with.
  [[nodiscard]] asio::awaitable<Secret> decrypt(Principal as, std::string ciphertext,
                                                EncryptionContext context) const;

 private:
  Kms& kms_;
};

}  // namespace millrace::kms
