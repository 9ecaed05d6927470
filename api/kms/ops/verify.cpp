// Verify: a signature of Sign. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/signing.h"

namespace millrace::kms {

namespace {

struct VerifyInput {
  std::string key;
  Blob message;
  std::optional<std::string> type;
  Blob signature;
  std::string algorithm;
  std::optional<bool> dry_run;
};
using In = VerifyInput;
constexpr auto kInput = shape<In>(
    field("KeyId", &In::key, required, kKeyId), field("Message", &In::message, required),
    field("MessageType", &In::type, kMessageType), field("Signature", &In::signature, required, kCiphertext),
    field("SigningAlgorithm", &In::algorithm, required, kSigningAlgorithm), kGrantTokens,
    field("DryRun", &In::dry_run));

struct VerifyOutput {
  std::string key;
  bool valid = false;
  std::string algorithm;
};
using Out = VerifyOutput;
constexpr auto kOutput = shape<Out>(field("KeyId", &Out::key), field("SignatureValid", &Out::valid),
                                    field("SigningAlgorithm", &Out::algorithm));

asio::awaitable<Out> verify(Kms& k, const Caller& caller, In in) {
  check_length("message", in.message);
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const Key& key = *found.row;
  check_signs(key, in.algorithm, "Verify");
  const Algorithm& algorithm = *algorithm_named(in.algorithm);
  const Message kind = message_kind(in.type, in.message, algorithm);
  check_dry_run(in.dry_run);
  if (!verifies(key.public_key, algorithm, kind, in.message.bytes, in.signature.bytes)) throw bad_signature();
  co_return Out{key.arn(), true, std::move(in.algorithm)};
}

}  // namespace

extern const Operation kVerify;
const Operation kVerify = operation("Verify", kInput, kOutput, verify).reads().on(key_of_input);

}  // namespace millrace::kms
