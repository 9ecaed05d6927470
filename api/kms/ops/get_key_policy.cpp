// GetKeyPolicy. A key has one policy, called "default". Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

constexpr const char* kDefault = "default";

struct GetKeyPolicyInput {
  std::string key;
  std::optional<std::string> name;
};
using In = GetKeyPolicyInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId), field("PolicyName", &In::name, kPolicyName));

struct GetKeyPolicyOutput {
  std::string policy, name;
};
using Out = GetKeyPolicyOutput;
constexpr auto kOutput = shape<Out>(field("Policy", &Out::policy), field("PolicyName", &Out::name));

asio::awaitable<Out> get_key_policy(Kms& k, const Caller& caller, In in) {
  const FoundKey found = find_key_by_id(k, caller, in.key);
  if (in.name.value_or(kDefault) != kDefault) throw no_policy(*in.name);
  co_return Out{found.row->policy, kDefault};
}

}  // namespace

extern const Operation kGetKeyPolicy;
const Operation kGetKeyPolicy =
    operation("GetKeyPolicy", kInput, kOutput, get_key_policy).reads().on(key_of_input);

}  // namespace millrace::kms
