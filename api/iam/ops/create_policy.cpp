// CreatePolicy: a managed policy, with its first version. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct CreatePolicyInput {
  std::string name, document;
  std::optional<std::string> path, description;
  std::vector<Tag> tags;
};
using In = CreatePolicyInput;
constexpr auto kInput = shape<In>(
    field("PolicyName", &In::name, required, kPolicyName), field("Path", &In::path, kPolicyPath),
    field("PolicyDocument", &In::document, required, kDocument),
    field("Description", &In::description, kDescription), field("Tags", &In::tags, kTagCount, kTag));
struct CreatePolicyOutput {
  PolicyOutput policy;
};
constexpr auto kOutput = shape<CreatePolicyOutput>(field("Policy", &CreatePolicyOutput::policy, kPolicy));

asio::awaitable<CreatePolicyOutput> create_policy(Iam& iam, const Caller& caller, In in) {
  check_tags(in.tags, TagKeys::exact);
  check_managed(in.document);
  const std::string key = auth::policy_key(caller.account, in.name);
  if (iam.store.managed_policies().version(key)) throw policy_exists(in.name);
  if (iam.store.policies(caller.account).size() >= kMaxPolicies)
    throw quota_exceeded("PoliciesPerAccount", kMaxPolicies);
  auto policy = std::make_shared<ManagedPolicy>();
  policy->account = caller.account;
  policy->name = in.name;
  policy->path = in.path.value_or("/");
  policy->id = auth::new_unique_id("ANPA");
  policy->description = in.description.value_or("");
  policy->created = policy->updated = iam.clock.now();
  set_tags(policy->tags, in.tags, TagKeys::exact);
  policy->versions.push_back({1, in.document, policy->created});
  RowChanges changes;
  changes.put(iam.store.managed_policies(), key, policy, std::nullopt);
  const bool written = co_await changes.write(iam.store.catalog);
  if (!written) throw policy_exists(in.name);
  CreatePolicyOutput out{output_of(iam, caller, *policy)};
  if (!policy->tags.empty()) out.policy.tags = tags_of(policy->tags);
  co_return out;
}

}  // namespace

extern const Operation kCreatePolicy;
const Operation kCreatePolicy =
    operation("CreatePolicy", kInput, kOutput, create_policy).writes().on(policy_of_input);

}  // namespace millrace::iam
