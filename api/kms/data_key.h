// Data keys: made at random, and encrypted with a symmetric key. What the GenerateDataKey operations have in
// common.
#pragma once

#include "api/kms/encryption.h"

namespace millrace::kms {

// The size of the data key that a request asks for, in bytes. Throws ValidationException unless exactly one
// of the members is there.
[[nodiscard]] std::size_t data_key_bytes(const std::optional<std::string>& spec,
                                         const std::optional<int>& bytes);

struct Wrapped {
  std::string ciphertext;
  KeyPtr key;

  [[nodiscard]] const std::string& material() const { return key->materials.back().id; }
};
// Finds the key, which must be an enabled symmetric one, and encrypts a secret with it. `operation`: as
// messages name it.
[[nodiscard]] asio::awaitable<Wrapped> wrap_secret(Kms& k, const Principal& caller, std::string key,
                                                   EncryptionContext context, const Secret& secret,
                                                   const char* operation);
// Checks the key alone, as wrap_secret does.
[[nodiscard]] asio::awaitable<KeyPtr> find_wrapping_key(Kms& k, const Principal& caller, std::string key,
                                                        const char* operation);

}  // namespace millrace::kms
