// ListPolicies: managed policies of the account and of the server itself, by name. Source: IAM API reference.
#include "api/auth/identities/aws_policies.h"
#include "api/iam/model.h"

namespace millrace::iam {

namespace {

struct ListPoliciesInput : PageInput {
  std::optional<std::string> scope, path, usage;
  bool only_attached = false;
};
using In = ListPoliciesInput;
constexpr auto kInput = shape_of<In>(
    field("Scope", &In::scope, one_of<"All", "AWS", "Local">), field("OnlyAttached", &In::only_attached),
    field("PathPrefix", &In::path, length(1, 512)),
    field("PolicyUsageFilter", &In::usage, one_of<"PermissionsPolicy", "PermissionsBoundary">), kPageInput);
struct ListPoliciesOutput : PageOutput {
  std::vector<PolicyOutput> policies;
};
using Out = ListPoliciesOutput;
constexpr auto kOutput = shape_of<Out>(kPageOutput, field("Policies", &Out::policies, kPolicy));

std::string name_of(const ManagedPolicyPtr& policy) { return auth::lower_case(policy->name); }

// By name; an account can have a policy of the name of one of the server's.
std::string order_of(const ManagedPolicyPtr& policy) { return name_of(policy) + " " + policy->account; }

bool is_wanted(const In& in, const PolicyOutput& policy) {
  if (!policy.path.starts_with(in.path.value_or("/"))) return false;
  const int used = in.usage == "PermissionsBoundary" ? policy.boundary_uses : policy.attachments;
  return (!in.only_attached && !in.usage) || used > 0;
}

asio::awaitable<Out> list_policies(Iam& iam, const Caller& caller, In in) {
  const std::string scope = in.scope.value_or("All");
  std::vector<ManagedPolicyPtr> all;
  if (scope != "AWS") all = iam.store.policies(caller.account);
  if (scope != "Local") all.insert(all.end(), auth::aws_policies().begin(), auth::aws_policies().end());
  std::erase_if(all, [&](const ManagedPolicyPtr& p) { return !is_wanted(in, output_of(iam, caller, *p)); });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  Out out;
  for (const ManagedPolicyPtr& policy : page_of(std::move(all), in, out, order_of))
    out.policies.push_back(output_of(iam, caller, *policy));
  co_return out;
}

}  // namespace

extern const Operation kListPolicies;
const Operation kListPolicies =
    operation("ListPolicies", kInput, kOutput, list_policies).reads().on(every_resource);

}  // namespace millrace::iam
