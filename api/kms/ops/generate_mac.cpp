// GenerateMac: an HMAC of a message. Source: KMS API reference.
#include "api/kms/asymmetric.h"
#include "api/kms/encryption.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct GenerateMacInput {
  Blob message;
  std::string key, algorithm;
  std::optional<bool> dry_run;
};
using In = GenerateMacInput;
constexpr auto kInput =
    shape<In>(field("Message", &In::message, required), field("KeyId", &In::key, required, kKeyId),
              field("MacAlgorithm", &In::algorithm, required, kMacAlgorithm), kGrantTokens,
              field("DryRun", &In::dry_run));

struct GenerateMacOutput {
  Blob mac;
  std::string algorithm, key;
};
using Out = GenerateMacOutput;
constexpr auto kOutput =
    shape<Out>(field("Mac", &Out::mac), field("MacAlgorithm", &Out::algorithm), field("KeyId", &Out::key));

asio::awaitable<Out> generate_mac(Kms& k, const Caller& caller, In in) {
  check_length("message", in.message);
  const FoundKey found = co_await find_key(k, caller, std::move(in.key));
  const Key& key = *found.row;
  check_enabled(key);
  check_usage(key, kGenerateVerifyMac, "GenerateMac");
  if (!has_algorithm(*key.spec, key.usage, in.algorithm)) throw wrong_algorithm(in.algorithm, key.spec->name);
  check_dry_run(in.dry_run);
  std::string mac = mac_of(secret_of(k, key), *algorithm_named(in.algorithm), in.message.bytes);
  co_return Out{{std::move(mac)}, std::move(in.algorithm), key.arn()};
}

}  // namespace

extern const Operation kGenerateMac;
const Operation kGenerateMac =
    operation("GenerateMac", kInput, kOutput, generate_mac).reads().on(key_of_input);

}  // namespace millrace::kms
