#include "api/kms/encryption.h"

#include "api/kms/asymmetric.h"
#include "api/kms/errors.h"
#include "storage/base/on_pool.h"

namespace millrace::kms {

namespace {

// The key of a symmetric ciphertext, which must be the one that the request names, if it does.
asio::awaitable<Decrypted> decrypt_symmetric(Kms& k, const Principal& caller, DecryptRequest request,
                                             const char* operation) {
  std::optional<std::string> named;
  if (request.key) named = (co_await find_key(k, caller, *request.key)).row->id;
  const auto head = head_of(request.ciphertext);
  if (!head) throw bad_ciphertext();
  const KeyPtr key = k.store.key(caller.account, caller.region, head->key_id).row;
  if (!key) throw no_key_of_ciphertext();
  if (named && *named != key->id) throw wrong_key();
  check_encrypts(*key, request.algorithm, operation);
  if (head->material >= key->materials.size()) throw bad_ciphertext();
  auto plaintext = open_ciphertext(secret_of(k, *key, head->material), request.ciphertext, request.context);
  if (!plaintext) throw bad_ciphertext();
  co_return Decrypted{*std::move(plaintext), key, key->materials[head->material].id};
}

asio::awaitable<Decrypted> decrypt_rsa(Kms& k, const Principal& caller, DecryptRequest request,
                                       const char* operation) {
  if (!request.key) throw invalid("KeyId is required for the algorithm " + request.algorithm + ".");
  const FoundKey found = co_await find_key(k, caller, *request.key);
  const KeyPtr key = found.row;
  check_encrypts(*key, request.algorithm, operation);
  if (!request.context.empty()) throw invalid("EncryptionContext is valid for symmetric keys only.");
  const Algorithm* const algorithm = algorithm_named(request.algorithm);
  const auto work = [&k, key, algorithm, ciphertext = std::move(request.ciphertext)] {
    return decrypt_oaep(secret_of(k, *key), *algorithm, ciphertext);
  };
  std::optional<Secret> plaintext = co_await on_pool(k.workers, work);
  if (!plaintext) throw bad_ciphertext();
  co_return Decrypted{*std::move(plaintext), key, std::nullopt};
}

}  // namespace

void check_encrypts(const Key& key, const std::string& algorithm, std::string_view operation) {
  check_enabled(key);
  check_usage(key, kEncryptDecrypt, operation);
  if (!has_algorithm(*key.spec, key.usage, algorithm)) throw wrong_algorithm(algorithm, key.spec->name);
}

std::string encrypt(const Kms& k, const Key& key, const std::string& algorithm,
                    const EncryptionContext& context, std::string_view plaintext) {
  if (key.is_symmetric()) {
    const auto place = static_cast<std::uint32_t>(key.materials.size() - 1);
    return seal_ciphertext(secret_of(k, key), {key.id, place}, context, plaintext);
  }
  if (!context.empty()) throw invalid("EncryptionContext is valid for symmetric keys only.");
  const Algorithm* const a = algorithm_named(algorithm);
  const std::size_t most = max_plaintext(*key.spec, *a);
  if (plaintext.size() > most) throw too_long(algorithm, key.spec->name, most);
  return encrypt_oaep(key.public_key, *a, plaintext);
}

asio::awaitable<Decrypted> decrypt(Kms& k, const Principal& caller, DecryptRequest request,
                                   const char* operation) {
  if (request.algorithm == kSymmetricDefault)
    return decrypt_symmetric(k, caller, std::move(request), operation);
  return decrypt_rsa(k, caller, std::move(request), operation);
}

Secret secret_of(const Kms& k, const Key& key, std::size_t place) {
  try {
    return unwrap(key, k.master, place);
  } catch (const MaterialSealed&) {
    throw unavailable(key.arn());
  }
}
Secret secret_of(const Kms& k, const Key& key) { return secret_of(k, key, key.materials.size() - 1); }

}  // namespace millrace::kms
