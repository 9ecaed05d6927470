// Sign: a message or its digest, with an RSA or EC key. Source: KMS API reference.
#include "api/kms/encryption.h"
#include "api/kms/resources.h"
#include "api/kms/signing.h"
#include "storage/base/on_pool.h"

namespace millrace::kms {

namespace {

struct SignInput {
  std::string key;
  Blob message;
  std::optional<std::string> type;
  std::string algorithm;
  std::optional<bool> dry_run;
};
using In = SignInput;
constexpr auto kInput = shape<In>(
    field("KeyId", &In::key, required, kKeyId), field("Message", &In::message, required),
    field("MessageType", &In::type, kMessageType), kGrantTokens,
    field("SigningAlgorithm", &In::algorithm, required, kSigningAlgorithm), field("DryRun", &In::dry_run));

struct SignOutput {
  std::string key;
  Blob signature;
  std::string algorithm;
};
using Out = SignOutput;
constexpr auto kOutput = shape<Out>(field("KeyId", &Out::key), field("Signature", &Out::signature),
                                    field("SigningAlgorithm", &Out::algorithm));

asio::awaitable<Out> sign_message(Kms& k, const Caller& caller, In in) {
  check_length("message", in.message);
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const KeyPtr key = found.row;
  check_signs(*key, in.algorithm, "Sign");
  const Algorithm* const algorithm = algorithm_named(in.algorithm);
  const Message kind = message_kind(in.type, in.message, *algorithm);
  check_dry_run(in.dry_run);
  const auto work = [&k, key, algorithm, kind, message = std::move(in.message.bytes)] {
    return sign(secret_of(k, *key), *algorithm, kind, message);
  };
  std::string signature = co_await on_pool(k.workers, work);
  co_return Out{key->arn(), {std::move(signature)}, std::move(in.algorithm)};
}

}  // namespace

extern const Operation kSign;
const Operation kSign = operation("Sign", kInput, kOutput, sign_message).reads().on(key_of_input);

}  // namespace millrace::kms
