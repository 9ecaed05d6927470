// PutKeyPolicy. A key has one policy, called "default". Source: KMS API reference.
#include "api/kms/key_policy.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct PutKeyPolicyInput {
  std::string key;
  std::optional<std::string> name;
  std::string policy;
  std::optional<bool> bypass_lockout_check;
};
using In = PutKeyPolicyInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId), field("PolicyName", &In::name, kPolicyName),
              field("Policy", &In::policy, required, kPolicy),
              field("BypassPolicyLockoutSafetyCheck", &In::bypass_lockout_check));

asio::awaitable<Nothing> put_key_policy(Kms& k, const Caller& caller, In in) {
  if (in.name.value_or("default") != "default") throw no_policy(*in.name);
  check_policy(in.policy);
  if (!in.bypass_lockout_check.value_or(false)) check_lockout(in.policy, caller);
  const auto change = [&](Key& key) { key.policy = in.policy; };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kPutKeyPolicy;
const Operation kPutKeyPolicy =
    operation("PutKeyPolicy", kInput, kNothing, put_key_policy).writes().on(key_of_input);

}  // namespace millrace::kms
