// CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion: up
// to five documents of a managed policy, one of which is in force. Source: IAM API reference.
#include "api/core/message.h"
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct CreateVersionInput {
  std::string arn, document;
  bool set_default = false;
};
constexpr auto kCreateInput =
    shape<CreateVersionInput>(field("PolicyArn", &CreateVersionInput::arn, required, kArn),
                              field("PolicyDocument", &CreateVersionInput::document, required, kDocument),
                              field("SetAsDefault", &CreateVersionInput::set_default));
struct VersionInput {
  std::string arn, version;
};
constexpr auto kVersionInput =
    shape<VersionInput>(field("PolicyArn", &VersionInput::arn, required, kArn),
                        field("VersionId", &VersionInput::version, required, kVersionId));
struct ListVersionsInput : PageInput {
  std::string arn;
};
constexpr auto kListInput =
    shape_of<ListVersionsInput>(field("PolicyArn", &ListVersionsInput::arn, required, kArn), kPageInput);

struct OneVersionOutput {
  VersionOutput version;
};
constexpr auto kOneOutput =
    shape<OneVersionOutput>(field("PolicyVersion", &OneVersionOutput::version, kVersion));
struct ListVersionsOutput : PageOutput {
  std::vector<VersionOutput> versions;
};
constexpr auto kListOutput =
    shape_of<ListVersionsOutput>(kPageOutput, field("Versions", &ListVersionsOutput::versions, kVersion));

asio::awaitable<OneVersionOutput> create_version(Iam& iam, const Caller& caller, CreateVersionInput in) {
  (void)find_policy(iam, caller, in.arn);
  check_managed(in.document);
  const auto add = [&in, now = iam.clock.now()](ManagedPolicy& policy) {
    if (policy.versions.size() >= auth::kMaxPolicyVersions) throw too_many_versions();
    policy.versions.push_back({policy.next_version++, in.document, now});
    if (in.set_default) policy.default_version = policy.versions.back().number;
    policy.updated = now;
  };
  const ManagedPolicyPtr policy = co_await change_policy(iam, caller, in.arn, add);
  co_return OneVersionOutput{output_of(*policy, policy->versions.back())};
}

asio::awaitable<OneVersionOutput> get_version(Iam& iam, const Caller& caller, VersionInput in) {
  const auto named = auth::policy_of_arn(in.arn);
  if (!named) throw invalid_arn(in.arn);
  const bool usable = named->account == auth::kAwsAccount || named->account == caller.account;
  const ManagedPolicyPtr policy = usable ? iam.identities.policy_of_arn(in.arn) : nullptr;
  if (!policy) throw no_such_version(in.arn, in.version);
  const auth::PolicyVersion& version = find_version(*policy, in.arn, in.version);
  OneVersionOutput out{output_of(*policy, version)};
  out.version.document = percent_encode(version.document);
  co_return out;
}

// The newest one first.
asio::awaitable<ListVersionsOutput> list_versions(Iam& iam, const Caller& caller, ListVersionsInput in) {
  const ManagedPolicyPtr policy = find_policy(iam, caller, in.arn);
  std::vector<VersionOutput> all;
  for (auto v = policy->versions.rbegin(); v != policy->versions.rend(); ++v)
    all.push_back(output_of(*policy, *v));
  // Their numbers descend; the names of pages ascend.
  const auto order_of = [](const VersionOutput& v) {
    const std::string number = std::to_string(1'000'000'000 - std::stoi(v.id.substr(1)));
    return std::string(10 - std::min<std::size_t>(10, number.size()), '0') + number;
  };
  ListVersionsOutput out;
  out.versions = page_of(std::move(all), in, out, order_of);
  co_return out;
}

void throw_if_unknown(const Iam& iam, const VersionInput& in) {
  if (!auth::policy_of_arn(in.arn)) throw invalid_arn(in.arn);
  if (!iam.identities.policy_of_arn(in.arn)) throw no_such_version(in.arn, in.version);
}

asio::awaitable<Nothing> set_default_version(Iam& iam, const Caller& caller, VersionInput in) {
  throw_if_unknown(iam, in);
  const auto set = [&in, now = iam.clock.now()](ManagedPolicy& policy) {
    policy.default_version = find_version(policy, in.arn, in.version).number;
    policy.updated = now;
  };
  (void)co_await change_policy(iam, caller, in.arn, set);
  co_return Nothing{};
}

asio::awaitable<Nothing> delete_version(Iam& iam, const Caller& caller, VersionInput in) {
  throw_if_unknown(iam, in);
  const auto remove = [&in, now = iam.clock.now()](ManagedPolicy& policy) {
    const int number = find_version(policy, in.arn, in.version).number;
    if (number == policy.default_version) throw default_version_stays();
    std::erase_if(policy.versions, [&](const auth::PolicyVersion& v) { return v.number == number; });
    policy.updated = now;
  };
  (void)co_await change_policy(iam, caller, in.arn, remove);
  co_return Nothing{};
}

}  // namespace

extern const Operation kCreatePolicyVersion, kGetPolicyVersion, kListPolicyVersions, kSetDefaultPolicyVersion,
    kDeletePolicyVersion;
const Operation kCreatePolicyVersion =
    operation("CreatePolicyVersion", kCreateInput, kOneOutput, create_version).writes().on(policy_of_input);
const Operation kGetPolicyVersion =
    operation("GetPolicyVersion", kVersionInput, kOneOutput, get_version).reads().on(policy_of_input);
const Operation kListPolicyVersions =
    operation("ListPolicyVersions", kListInput, kListOutput, list_versions).reads().on(policy_of_input);
const Operation kSetDefaultPolicyVersion =
    operation("SetDefaultPolicyVersion", kVersionInput, kNothing, set_default_version)
        .writes()
        .on(policy_of_input);
const Operation kDeletePolicyVersion =
    operation("DeletePolicyVersion", kVersionInput, kNothing, delete_version).writes().on(policy_of_input);

}  // namespace millrace::iam
