// Decrypt: what Encrypt, ReEncrypt and the GenerateDataKey operations made. Source: KMS API reference.
#include "api/kms/encryption.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct DecryptInput {
  Blob ciphertext;
  EncryptionContext context;
  std::optional<std::string> key;
  AlgorithmName algorithm;
  std::optional<bool> dry_run;
};
using In = DecryptInput;
// AWS requires CiphertextBlob unless a dry run ignores it.
constexpr auto kInput =
    shape<In>(field("CiphertextBlob", &In::ciphertext, required, kCiphertext),
              field("EncryptionContext", &In::context), kGrantTokens, field("KeyId", &In::key, kKeyId),
              field("EncryptionAlgorithm", &In::algorithm, kEncryptionAlgorithm), kRecipient,
              field("DryRun", &In::dry_run), kDryRunModifiers);

struct DecryptOutput {
  std::string key;
  Blob plaintext;
  std::string algorithm;
  std::optional<std::string> material;
};
using Out = DecryptOutput;
constexpr auto kOutput =
    shape<Out>(field("KeyId", &Out::key), field("Plaintext", &Out::plaintext),
               field("EncryptionAlgorithm", &Out::algorithm), field("KeyMaterialId", &Out::material));

asio::awaitable<Out> decrypt_ciphertext(Kms& k, const Caller& caller, In in) {
  const std::string algorithm = name_or_default(in.algorithm);
  DecryptRequest request{std::move(in.ciphertext.bytes), std::move(in.key), algorithm, std::move(in.context)};
  const Decrypted decrypted = co_await decrypt(k, caller, std::move(request), "Decrypt");
  check_dry_run(in.dry_run);
  co_return Out{decrypted.key->arn(), {decrypted.plaintext.copy()}, algorithm, decrypted.material};
}

}  // namespace

extern const Operation kDecrypt;
const Operation kDecrypt =
    operation("Decrypt", kInput, kOutput, decrypt_ciphertext).reads().on(key_of_ciphertext);

}  // namespace millrace::kms
