// AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy, and the operations that detach and list: managed
// policies of users, groups and roles. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

template <EntityKind K>
struct AttachInput {
  std::string entity, arn;
};
template <EntityKind K>
struct ListAttachedInput : PageInput {
  std::string entity;
  std::optional<std::string> path;
};
struct AttachedPolicy {
  std::string name, arn;
};
struct ListAttachedOutput : PageOutput {
  std::vector<AttachedPolicy> policies;
};

template <EntityKind K, class In = AttachInput<K>>
constexpr auto kAttachInput = shape<In>(field(kNameMember<K>, &In::entity, required, kExistingName<K>),
                                        field("PolicyArn", &In::arn, required, kArn));
template <EntityKind K, class In = ListAttachedInput<K>>
constexpr auto kListInput = shape_of<In>(field(kNameMember<K>, &In::entity, required, kExistingName<K>),
                                         field("PathPrefix", &In::path, length(1, 512)), kPageInput);
constexpr auto kAttachedPolicy = shape<AttachedPolicy>(field("PolicyName", &AttachedPolicy::name),
                                                       field("PolicyArn", &AttachedPolicy::arn));
constexpr auto kListOutput = shape_of<ListAttachedOutput>(
    field("AttachedPolicies", &ListAttachedOutput::policies, kAttachedPolicy), kPageOutput);

constexpr const char* quota_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::user:
      return "PoliciesPerUser";
    case EntityKind::group:
      return "PoliciesPerGroup";
    default:
      return "PoliciesPerRole";
  }
}

std::string name_of(const auth::PolicyReference& policy) {
  return policy.arn.substr(policy.arn.rfind('/') + 1);
}

template <EntityKind K>
asio::awaitable<Nothing> attach_policy(Iam& iam, const Caller& caller, AttachInput<K> in) {
  (void)find_entity(iam, caller, K, in.entity);
  const auth::PolicyReference policy = attachable(iam, caller, in.arn);
  const auto attach = [&policy](Entity& entity) {
    if (entity.has_attached(policy.id)) return;
    // Of a policy that was deleted while it was being attached.
    std::erase_if(entity.attached, [&](const auto& other) { return other.arn == policy.arn; });
    if (entity.attached.size() >= kMaxAttached) throw quota_exceeded(quota_name(K), kMaxAttached);
    entity.attached.push_back(policy);
    std::sort(entity.attached.begin(), entity.attached.end(),
              [](const auto& a, const auto& b) { return name_of(a) < name_of(b); });
  };
  (void)co_await change_entity(iam, caller, K, in.entity, attach);
  co_return Nothing{};
}

template <EntityKind K>
asio::awaitable<Nothing> detach_policy(Iam& iam, const Caller& caller, AttachInput<K> in) {
  if (!auth::policy_of_arn(in.arn)) throw invalid_arn(in.arn);
  const auto detach = [&in](Entity& entity) {
    const auto same = [&](const auth::PolicyReference& policy) { return policy.arn == in.arn; };
    if (std::erase_if(entity.attached, same) == 0) throw no_such_policy(in.arn);
  };
  (void)co_await change_entity(iam, caller, K, in.entity, detach);
  co_return Nothing{};
}

template <EntityKind K>
asio::awaitable<ListAttachedOutput> list_attached(Iam& iam, const Caller& caller, ListAttachedInput<K> in) {
  const EntityPtr entity = find_entity(iam, caller, K, in.entity);
  std::vector<AttachedPolicy> policies;
  for (const auth::PolicyReference& policy : entity->attached) {
    const auto named = auth::policy_of_arn(policy.arn);
    if (named && named->path.starts_with(in.path.value_or("/")))
      policies.push_back({named->name, policy.arn});
  }
  ListAttachedOutput out;
  out.policies =
      page_of(std::move(policies), in, out, [](const AttachedPolicy& policy) { return policy.name; });
  co_return out;
}

template <EntityKind K>
Operation attach_operation(const char* name) {
  return operation(name, kAttachInput<K>, kNothing, attach_policy<K>).writes().on(kEntityOfInput<K>);
}
template <EntityKind K>
Operation detach_operation(const char* name) {
  return operation(name, kAttachInput<K>, kNothing, detach_policy<K>).writes().on(kEntityOfInput<K>);
}
template <EntityKind K>
Operation list_operation(const char* name) {
  return operation(name, kListInput<K>, kListOutput, list_attached<K>).reads().on(kEntityOfInput<K>);
}

}  // namespace

extern const Operation kAttachUserPolicy, kAttachGroupPolicy, kAttachRolePolicy, kDetachUserPolicy,
    kDetachGroupPolicy, kDetachRolePolicy, kListAttachedUserPolicies, kListAttachedGroupPolicies,
    kListAttachedRolePolicies;
const Operation kAttachUserPolicy = attach_operation<EntityKind::user>("AttachUserPolicy");
const Operation kAttachGroupPolicy = attach_operation<EntityKind::group>("AttachGroupPolicy");
const Operation kAttachRolePolicy = attach_operation<EntityKind::role>("AttachRolePolicy");
const Operation kDetachUserPolicy = detach_operation<EntityKind::user>("DetachUserPolicy");
const Operation kDetachGroupPolicy = detach_operation<EntityKind::group>("DetachGroupPolicy");
const Operation kDetachRolePolicy = detach_operation<EntityKind::role>("DetachRolePolicy");
const Operation kListAttachedUserPolicies = list_operation<EntityKind::user>("ListAttachedUserPolicies");
const Operation kListAttachedGroupPolicies = list_operation<EntityKind::group>("ListAttachedGroupPolicies");
const Operation kListAttachedRolePolicies = list_operation<EntityKind::role>("ListAttachedRolePolicies");

}  // namespace millrace::iam
