#include "api/kms/data_key.h"

#include "api/kms/errors.h"

namespace millrace::kms {

std::size_t data_key_bytes(const std::optional<std::string>& spec, const std::optional<int>& bytes) {
  if (spec.has_value() == bytes.has_value())
    throw invalid("Please specify either number of bytes or key spec.");
  if (bytes) return static_cast<std::size_t>(*bytes);
  return *spec == "AES_128" ? 16 : 32;
}

asio::awaitable<KeyPtr> find_wrapping_key(Kms& k, const Principal& caller, std::string name,
                                          const char* operation) {
  const FoundKey found = co_await find_key(k, caller, std::move(name));
  check_encrypts(*found.row, std::string(kSymmetricDefault), operation);
  co_return found.row;
}

asio::awaitable<Wrapped> wrap_secret(Kms& k, const Principal& caller, std::string name,
                                     EncryptionContext context, const Secret& secret, const char* operation) {
  const KeyPtr key = co_await find_wrapping_key(k, caller, std::move(name), operation);
  std::string ciphertext = encrypt(k, *key, std::string(kSymmetricDefault), context, secret.view());
  co_return Wrapped{std::move(ciphertext), key};
}

}  // namespace millrace::kms
