// Encryption and decryption with keys, in the order in which AWS's errors come: whether the key exists, is
// enabled, has the usage and the algorithm, and then the ciphertext.
#pragma once

#include "api/kms/ciphertext.h"
#include "api/kms/find.h"

namespace millrace::kms {

// What names the algorithm of a request; absent: SYMMETRIC_DEFAULT.
using AlgorithmName = std::optional<std::string>;
inline std::string name_or_default(const AlgorithmName& name) {
  return name.value_or(std::string(kSymmetricDefault));
}

// Throws unless the key is enabled and encrypts with the algorithm. `operation`: as messages name it.
void check_encrypts(const Key& key, const std::string& algorithm, std::string_view operation);

// Encrypts with the current material. The key passed check_encrypts. Throws ValidationException for a
// plaintext that is too long for an RSA key, and for an encryption context with one.
[[nodiscard]] std::string encrypt(const Kms& k, const Key& key, const std::string& algorithm,
                                  const EncryptionContext& context, std::string_view plaintext);

struct Decrypted {
  Secret plaintext;
  KeyPtr key;
  std::optional<std::string> material;  // the id of the symmetric key's material
};
// What Decrypt and ReEncrypt have in common.
struct DecryptRequest {
  std::string ciphertext;
  std::optional<std::string> key;  // as the request names it; needed for RSA keys
  std::string algorithm;
  EncryptionContext context;
};
[[nodiscard]] asio::awaitable<Decrypted> decrypt(Kms& k, const Principal& caller, DecryptRequest request,
                                                 const char* operation);

// The secret of the key's current material, or of the one at a place. Throws KeyUnavailableException.
[[nodiscard]] Secret secret_of(const Kms& k, const Key& key);
[[nodiscard]] Secret secret_of(const Kms& k, const Key& key, std::size_t place);

}  // namespace millrace::kms
