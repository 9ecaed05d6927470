// ReEncrypt: from one key or encryption context to another, without showing the plaintext. Source: KMS API
// reference.
#include "api/kms/encryption.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct ReEncryptInput {
  Blob ciphertext;
  EncryptionContext source_context;
  std::optional<std::string> source_key;
  std::string key;
  EncryptionContext context;
  AlgorithmName source_algorithm, algorithm;
  std::optional<bool> dry_run;
};
using In = ReEncryptInput;
constexpr auto kInput = shape<In>(
    field("CiphertextBlob", &In::ciphertext, required, kCiphertext),
    field("SourceEncryptionContext", &In::source_context), field("SourceKeyId", &In::source_key, kKeyId),
    field("DestinationKeyId", &In::key, required, kKeyId),
    field("DestinationEncryptionContext", &In::context),
    field("SourceEncryptionAlgorithm", &In::source_algorithm, kEncryptionAlgorithm),
    field("DestinationEncryptionAlgorithm", &In::algorithm, kEncryptionAlgorithm), kGrantTokens,
    field("DryRun", &In::dry_run), kDryRunModifiers);

struct ReEncryptOutput {
  Blob ciphertext;
  std::string source_key, key, source_algorithm, algorithm;
  std::optional<std::string> source_material, material;
};
using Out = ReEncryptOutput;
constexpr auto kOutput = shape<Out>(
    field("CiphertextBlob", &Out::ciphertext), field("SourceKeyId", &Out::source_key),
    field("KeyId", &Out::key), field("SourceEncryptionAlgorithm", &Out::source_algorithm),
    field("DestinationEncryptionAlgorithm", &Out::algorithm),
    field("SourceKeyMaterialId", &Out::source_material), field("DestinationKeyMaterialId", &Out::material));

asio::awaitable<Out> re_encrypt(Kms& k, const Caller& caller, In in) {
  const std::string source_algorithm = name_or_default(in.source_algorithm);
  const std::string algorithm = name_or_default(in.algorithm);
  DecryptRequest request{std::move(in.ciphertext.bytes), std::move(in.source_key), source_algorithm,
                         std::move(in.source_context)};
  const Decrypted source = co_await decrypt(k, caller, std::move(request), "ReEncryptFrom");
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const Key& key = *found.row;
  check_encrypts(key, algorithm, "ReEncryptTo");
  Out out;
  out.ciphertext.bytes = encrypt(k, key, algorithm, in.context, source.plaintext.view());
  check_dry_run(in.dry_run);
  out.source_key = source.key->arn();
  out.key = key.arn();
  out.source_algorithm = source_algorithm;
  out.algorithm = algorithm;
  out.source_material = source.material;
  if (key.is_symmetric()) out.material = key.materials.back().id;
  co_return out;
}

}  // namespace

extern const Operation kReEncrypt;
const Operation kReEncrypt = operation("ReEncrypt", kInput, kOutput, re_encrypt)
                                 .reads()
                                 .on(key_of_ciphertext, "kms:ReEncryptFrom")
                                 .on(destination_of_input, "kms:ReEncryptTo");

}  // namespace millrace::kms
