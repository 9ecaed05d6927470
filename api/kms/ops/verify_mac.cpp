// VerifyMac. Source: KMS API reference.
#include "api/kms/asymmetric.h"
#include "api/kms/encryption.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct VerifyMacInput {
  Blob message;
  std::string key, algorithm;
  Blob mac;
  std::optional<bool> dry_run;
};
using In = VerifyMacInput;
constexpr auto kInput =
    shape<In>(field("Message", &In::message, required), field("KeyId", &In::key, required, kKeyId),
              field("MacAlgorithm", &In::algorithm, required, kMacAlgorithm),
              field("Mac", &In::mac, required, kCiphertext), kGrantTokens, field("DryRun", &In::dry_run));

struct VerifyMacOutput {
  std::string key;
  bool valid = false;
  std::string algorithm;
};
using Out = VerifyMacOutput;
constexpr auto kOutput = shape<Out>(field("KeyId", &Out::key), field("MacValid", &Out::valid),
                                    field("MacAlgorithm", &Out::algorithm));

asio::awaitable<Out> verify_mac(Kms& k, const Caller& caller, In in) {
  check_length("message", in.message);
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const Key& key = *found.row;
  check_enabled(key);
  check_usage(key, kGenerateVerifyMac, "VerifyMac");
  if (!has_algorithm(*key.spec, key.usage, in.algorithm)) throw wrong_algorithm(in.algorithm, key.spec->name);
  check_dry_run(in.dry_run);
  if (!is_mac(secret_of(k, key), *algorithm_named(in.algorithm), in.message.bytes, in.mac.bytes))
    throw bad_mac();
  co_return Out{key.arn(), true, std::move(in.algorithm)};
}

}  // namespace

extern const Operation kVerifyMac;
const Operation kVerifyMac = operation("VerifyMac", kInput, kOutput, verify_mac).reads().on(key_of_input);

}  // namespace millrace::kms
