// GetPublicKey: of an RSA or EC key, in DER. Source: KMS API reference.
#include "api/kms/key_metadata.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

constexpr auto kInput = shape<KeyInput>(field("KeyId", &KeyInput::key, required, kKeyId), kGrantTokens);

struct GetPublicKeyOutput {
  std::string key;
  Blob public_key;
  std::string spec, usage;
  std::optional<std::vector<std::string>> encryption, signing;
};
using Out = GetPublicKeyOutput;
constexpr auto kOutput = shape<Out>(
    field("KeyId", &Out::key), field("PublicKey", &Out::public_key),
    field("CustomerMasterKeySpec", &Out::spec), field("KeySpec", &Out::spec), field("KeyUsage", &Out::usage),
    field("EncryptionAlgorithms", &Out::encryption), field("SigningAlgorithms", &Out::signing));

asio::awaitable<Out> get_public_key(Kms& k, const Caller& caller, KeyInput in) {
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const Key& key = *found.row;
  check_enabled(key);
  if (key.public_key.empty())
    throw unsupported(key.arn() + " key spec is " + key.spec->name + " which is not valid for GetPublicKey.");
  co_return Out{key.arn(),
                {key.public_key},
                key.spec->name,
                key.usage,
                algorithms_for(key, kEncryptDecrypt),
                algorithms_for(key, kSignVerify)};
}

}  // namespace

extern const Operation kGetPublicKey;
const Operation kGetPublicKey =
    operation("GetPublicKey", kInput, kOutput, get_public_key).reads().on(key_of_input);

}  // namespace millrace::kms
