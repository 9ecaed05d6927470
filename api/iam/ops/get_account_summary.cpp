// GetAccountSummary: how many there are, and how many there can be. Source: IAM API reference.
#include "api/iam/model.h"

namespace millrace::iam {

namespace {

struct GetAccountSummaryOutput {
  std::map<std::string, int> summary;
};
using Out = GetAccountSummaryOutput;
constexpr auto kOutput = shape<Out>(field("SummaryMap", &Out::summary));

asio::awaitable<Out> get_account_summary(Iam& iam, const Caller& caller, Nothing) {
  const auto count = [](std::size_t n) { return static_cast<int>(n); };
  const auto policies = iam.store.policies(caller.account);
  std::size_t versions = 0;
  for (const ManagedPolicyPtr& policy : policies) versions += policy->versions.size();
  const bool root_has_keys = !iam.store.keys_of(caller.account).empty();
  Out out;
  out.summary = {
      {"Users", count(iam.store.count(EntityKind::user, caller.account))},
      {"UsersQuota", count(kMaxUsers)},
      {"Groups", count(iam.store.count(EntityKind::group, caller.account))},
      {"GroupsQuota", count(kMaxGroups)},
      {"Roles", count(iam.store.count(EntityKind::role, caller.account))},
      {"RolesQuota", count(kMaxRoles)},
      {"Policies", count(policies.size())},
      {"PoliciesQuota", count(kMaxPolicies)},
      {"PolicyVersionsInUse", count(versions)},
      {"PolicyVersionsInUseQuota", 10000},
      {"VersionsPerPolicyQuota", count(auth::kMaxPolicyVersions)},
      {"PolicySizeQuota", count(kMaxManagedPolicy)},
      {"UserPolicySizeQuota", count(max_inline_policies(EntityKind::user))},
      {"GroupPolicySizeQuota", count(max_inline_policies(EntityKind::group))},
      {"RolePolicySizeQuota", count(max_inline_policies(EntityKind::role))},
      {"AssumeRolePolicySizeQuota", count(kMaxTrustPolicy)},
      {"AttachedPoliciesPerUserQuota", count(kMaxAttached)},
      {"AttachedPoliciesPerGroupQuota", count(kMaxAttached)},
      {"AttachedPoliciesPerRoleQuota", count(kMaxAttached)},
      {"GroupsPerUserQuota", count(kMaxGroupsOfUser)},
      {"AccessKeysPerUserQuota", count(kMaxKeysOfUser)},
      {"SigningCertificatesPerUserQuota", 0},
      {"ServerCertificates", 0},
      {"ServerCertificatesQuota", 0},
      {"InstanceProfiles", 0},
      {"InstanceProfilesQuota", 0},
      {"MFADevices", 0},
      {"MFADevicesInUse", 0},
      {"AccountMFAEnabled", 0},
      {"AccountAccessKeysPresent", root_has_keys ? 1 : 0},
      {"AccountPasswordPresent", 0},
      {"AccountSigningCertificatesPresent", 0},
      {"Providers", 0},
      {"GlobalEndpointTokenVersion", 1},
  };
  co_return out;
}

}  // namespace

extern const Operation kGetAccountSummary;
const Operation kGetAccountSummary =
    operation("GetAccountSummary", kNothing, kOutput, get_account_summary).reads().on(every_resource);

}  // namespace millrace::iam
