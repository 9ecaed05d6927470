// GenerateDataKeyPair: a key pair whose private key is there in plaintext and encrypted. Source: KMS API
// reference.
#include "api/kms/data_key_pair.h"
#include "api/kms/resources.h"

namespace millrace::kms {

namespace {

using In = KeyPairRequest;
constexpr auto kInput =
    shape<In>(field("EncryptionContext", &In::context), field("KeyId", &In::key, required, kKeyId),
              field("KeyPairSpec", &In::spec, required, kKeyPairSpec), kGrantTokens, kRecipient,
              field("DryRun", &In::dry_run));

struct GenerateDataKeyPairOutput {
  Blob ciphertext, private_key, public_key;
  std::string key, spec, material;
};
using Out = GenerateDataKeyPairOutput;
constexpr auto kOutput = shape<Out>(field("PrivateKeyCiphertextBlob", &Out::ciphertext),
                                    field("PrivateKeyPlaintext", &Out::private_key),
                                    field("PublicKey", &Out::public_key), field("KeyId", &Out::key),
                                    field("KeyPairSpec", &Out::spec), field("KeyMaterialId", &Out::material));

asio::awaitable<Out> generate_data_key_pair(Kms& k, const Caller& caller, In in) {
  const std::string spec = in.spec;
  WrappedPair made = co_await generate_pair(k, caller, std::move(in), "GenerateDataKeyPair");
  Out out;
  out.ciphertext.bytes = std::move(made.wrapped.ciphertext);
  out.private_key.bytes = made.pair.private_key.copy();
  out.public_key.bytes = std::move(made.pair.public_key);
  out.key = made.wrapped.key->arn();
  out.spec = spec;
  out.material = made.wrapped.material();
  co_return out;
}

}  // namespace

extern const Operation kGenerateDataKeyPair;
const Operation kGenerateDataKeyPair =
    operation("GenerateDataKeyPair", kInput, kOutput, generate_data_key_pair).reads().on(key_of_input);

}  // namespace millrace::kms
