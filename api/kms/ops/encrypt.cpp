// Encrypt: up to 4096 bytes with a symmetric or RSA key. Source: KMS API reference.
#include "api/kms/encryption.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct EncryptInput {
  std::string key;
  Blob plaintext;
  EncryptionContext context;
  AlgorithmName algorithm;
  std::optional<bool> dry_run;
};
using In = EncryptInput;
constexpr auto kInput = shape<In>(
    field("KeyId", &In::key, required, kKeyId), field("Plaintext", &In::plaintext, required),
    field("EncryptionContext", &In::context), kGrantTokens,
    field("EncryptionAlgorithm", &In::algorithm, kEncryptionAlgorithm), field("DryRun", &In::dry_run));

struct EncryptOutput {
  Blob ciphertext;
  std::string key, algorithm;
};
using Out = EncryptOutput;
constexpr auto kOutput = shape<Out>(field("CiphertextBlob", &Out::ciphertext), field("KeyId", &Out::key),
                                    field("EncryptionAlgorithm", &Out::algorithm));

asio::awaitable<Out> encrypt_plaintext(Kms& k, const Caller& caller, In in) {
  check_length("plaintext", in.plaintext);
  const std::string algorithm = name_or_default(in.algorithm);
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const Key& key = *found.row;
  check_encrypts(key, algorithm, "Encrypt");
  std::string ciphertext = encrypt(k, key, algorithm, in.context, in.plaintext.bytes);
  check_dry_run(in.dry_run);
  co_return Out{{std::move(ciphertext)}, key.arn(), algorithm};
}

}  // namespace

extern const Operation kEncrypt;
const Operation kEncrypt = operation("Encrypt", kInput, kOutput, encrypt_plaintext).reads().on(key_of_input);

}  // namespace millrace::kms
