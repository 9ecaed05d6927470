#include "api/kms/keys.h"

#include "api/kms/data_key.h"

namespace millrace::kms {

namespace {

KeyFault fault_of(const std::string& code) {
  if (code == "AccessDeniedException") return KeyFault::access_denied;
  if (code == "DisabledException") return KeyFault::disabled;
  if (code == "KMSInvalidStateException") return KeyFault::invalid_state;
  if (code == "InvalidKeyUsageException") return KeyFault::wrong_usage;
  if (code == "InvalidCiphertextException") return KeyFault::bad_ciphertext;
  if (code == "KeyUnavailableException") return KeyFault::unavailable;
  return KeyFault::not_found;
}

// Awaits the work, and gives its ApiErrors as KeyErrors.
template <class T>
asio::awaitable<T> with_key_errors(asio::awaitable<T> work) {
  try {
    co_return co_await std::move(work);
  } catch (const ApiError& e) {
    throw KeyError(fault_of(e.code()), e.message());
  }
}

asio::awaitable<DataKey> new_data_key(Kms& k, Principal as, std::string key, EncryptionContext context) {
  Secret secret = random_secret();
  Wrapped wrapped =
      co_await wrap_secret(k, as, std::move(key), std::move(context), secret, "GenerateDataKey");
  co_return DataKey{std::move(secret), std::move(wrapped.ciphertext), wrapped.key->arn()};
}

asio::awaitable<Secret> decrypt_data_key(Kms& k, Principal as, std::string ciphertext,
                                         EncryptionContext context) {
  DecryptRequest request{std::move(ciphertext), std::nullopt, std::string(kSymmetricDefault),
                         std::move(context)};
  Decrypted decrypted = co_await kms::decrypt(k, as, std::move(request), "Decrypt");
  co_return std::move(decrypted.plaintext);
}

asio::awaitable<KeyPtr> named_key(Kms& k, Principal as, std::string key) {
  const FoundKey found = co_await find_key(k, as, std::move(key));
  co_return found.row;
}

}  // namespace

asio::awaitable<std::string> Keys::arn_of(Principal as, std::string key) const {
  const KeyPtr found = co_await with_key_errors(named_key(kms_, std::move(as), std::move(key)));
  co_return found->arn();
}

asio::awaitable<std::string> Keys::policy_of(Principal as, std::string key) const {
  const KeyPtr found = co_await with_key_errors(named_key(kms_, std::move(as), std::move(key)));
  co_return found->policy;
}

asio::awaitable<DataKey> Keys::generate_data_key(Principal as, std::string key,
                                                 EncryptionContext context) const {
  co_return co_await with_key_errors(new_data_key(kms_, std::move(as), std::move(key), std::move(context)));
}

asio::awaitable<Secret> Keys::decrypt(Principal as, std::string ciphertext, EncryptionContext context) const {
  co_return co_await with_key_errors(
      decrypt_data_key(kms_, std::move(as), std::move(ciphertext), std::move(context)));
}

}  // namespace millrace::kms
