// GenerateDataKeyWithoutPlaintext: an encrypted data key, to be decrypted when it is used. Source: KMS API
// reference.
#include "api/kms/data_key.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct GenerateDataKeyWithoutPlaintextInput {
  std::string key;
  EncryptionContext context;
  std::optional<std::string> spec;
  std::optional<int> bytes;
  std::optional<bool> dry_run;
};
using In = GenerateDataKeyWithoutPlaintextInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId), field("EncryptionContext", &In::context),
              field("KeySpec", &In::spec, kDataKeySpec), field("NumberOfBytes", &In::bytes, kNumberOfBytes),
              kGrantTokens, field("DryRun", &In::dry_run));

struct GenerateDataKeyWithoutPlaintextOutput {
  Blob ciphertext;
  std::string key, material;
};
using Out = GenerateDataKeyWithoutPlaintextOutput;
constexpr auto kOutput = shape<Out>(field("CiphertextBlob", &Out::ciphertext), field("KeyId", &Out::key),
                                    field("KeyMaterialId", &Out::material));

asio::awaitable<Out> generate(Kms& k, const Caller& caller, In in) {
  const Secret secret = random_secret(data_key_bytes(in.spec, in.bytes));
  Wrapped wrapped = co_await wrap_secret(k, caller, std::move(in.key), std::move(in.context), secret,
                                         "GenerateDataKeyWithoutPlaintext");
  check_dry_run(in.dry_run);
  co_return Out{{std::move(wrapped.ciphertext)}, wrapped.key->arn(), wrapped.material()};
}

}  // namespace

extern const Operation kGenerateDataKeyWithoutPlaintext;
const Operation kGenerateDataKeyWithoutPlaintext =
    operation("GenerateDataKeyWithoutPlaintext", kInput, kOutput, generate).reads().on(key_of_input);

}  // namespace millrace::kms
