// DeletePolicy: of one version, attached to nothing. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct DeletePolicyInput {
  std::string arn;
};
constexpr auto kInput = shape<DeletePolicyInput>(field("PolicyArn", &DeletePolicyInput::arn, required, kArn));

asio::awaitable<Nothing> delete_policy(Iam& iam, const Caller& caller, DeletePolicyInput in) {
  using Use = auth::Store::Use;
  for (Attempts attempts;; attempts.next()) {
    const ManagedPolicyPtr policy = find_policy(iam, caller, in.arn);
    if (policy->account == auth::kAwsAccount) throw own_policy(in.arn);
    const auto before = iam.store.policy(policy->account, policy->name);
    if (!before.row) throw no_such_policy(in.arn);
    const bool used = iam.store.count_of(before.row->id, caller.account, Use::attached) > 0 ||
                      iam.store.count_of(before.row->id, caller.account, Use::boundary) > 0;
    if (used) throw policy_is_attached();
    if (before.row->versions.size() > 1) throw policy_has_versions();
    const std::string key = auth::policy_key(policy->account, policy->name);
    RowChanges changes;
    changes.expect(iam.store.managed_policies(), key, before.version);
    changes.remove(iam.store.managed_policies(), key);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return Nothing{};
  }
}

}  // namespace

extern const Operation kDeletePolicy;
const Operation kDeletePolicy =
    operation("DeletePolicy", kInput, kNothing, delete_policy).writes().on(policy_of_input);

}  // namespace millrace::iam
