// GetPolicy: a managed policy without its document. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct GetPolicyInput {
  std::string arn;
};
constexpr auto kInput = shape<GetPolicyInput>(field("PolicyArn", &GetPolicyInput::arn, required, kArn));
struct GetPolicyOutput {
  PolicyOutput policy;
};
constexpr auto kOutput = shape<GetPolicyOutput>(field("Policy", &GetPolicyOutput::policy, kPolicy));

asio::awaitable<GetPolicyOutput> get_policy(Iam& iam, const Caller& caller, GetPolicyInput in) {
  const ManagedPolicyPtr policy = find_policy(iam, caller, in.arn);
  GetPolicyOutput out{output_of(iam, caller, *policy)};
  if (!policy->description.empty()) out.policy.description = policy->description;
  out.policy.tags = tags_of(policy->tags);
  co_return out;
}

}  // namespace

extern const Operation kGetPolicy;
const Operation kGetPolicy = operation("GetPolicy", kInput, kOutput, get_policy).reads().on(policy_of_input);

}  // namespace millrace::iam
