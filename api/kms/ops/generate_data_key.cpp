// GenerateDataKey: a data key, in plaintext and encrypted. Source: KMS API reference.
#include "api/kms/data_key.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct GenerateDataKeyInput {
  std::string key;
  EncryptionContext context;
  std::optional<int> bytes;
  std::optional<std::string> spec;
  std::optional<bool> dry_run;
};
using In = GenerateDataKeyInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId), field("EncryptionContext", &In::context),
              field("NumberOfBytes", &In::bytes, kNumberOfBytes), field("KeySpec", &In::spec, kDataKeySpec),
              kGrantTokens, kRecipient, field("DryRun", &In::dry_run));

struct GenerateDataKeyOutput {
  Blob ciphertext, plaintext;
  std::string key, material;
};
using Out = GenerateDataKeyOutput;
constexpr auto kOutput =
    shape<Out>(field("CiphertextBlob", &Out::ciphertext), field("Plaintext", &Out::plaintext),
               field("KeyId", &Out::key), field("KeyMaterialId", &Out::material));

asio::awaitable<Out> generate_data_key(Kms& k, const Caller& caller, In in) {
  const Secret secret = random_secret(data_key_bytes(in.spec, in.bytes));
  Wrapped wrapped =
      co_await wrap_secret(k, caller, std::move(in.key), std::move(in.context), secret, "GenerateDataKey");
  check_dry_run(in.dry_run);
  co_return Out{{std::move(wrapped.ciphertext)}, {secret.copy()}, wrapped.key->arn(), wrapped.material()};
}

}  // namespace

extern const Operation kGenerateDataKey;
const Operation kGenerateDataKey =
    operation("GenerateDataKey", kInput, kOutput, generate_data_key).reads().on(key_of_input);

}  // namespace millrace::kms
