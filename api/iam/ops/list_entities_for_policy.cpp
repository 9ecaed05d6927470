// ListEntitiesForPolicy: whom a managed policy is attached to, or limits. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct ListEntitiesForPolicyInput : PageInput {
  std::string arn;
  std::optional<std::string> filter, path, usage;
};
using In = ListEntitiesForPolicyInput;
constexpr auto kInput = shape_of<In>(
    field("PolicyArn", &In::arn, required, kArn),
    field("EntityFilter", &In::filter,
          one_of<"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy">),
    field("PathPrefix", &In::path, kPath),
    field("PolicyUsageFilter", &In::usage, one_of<"PermissionsPolicy", "PermissionsBoundary">), kPageInput);

struct PolicyEntity {
  std::string name, id;
};
template <EntityKind K>
constexpr const char* kIdMember = K == EntityKind::user    ? "UserId"
                                  : K == EntityKind::group ? "GroupId"
                                                           : "RoleId";
template <EntityKind K>
constexpr auto kPolicyEntity =
    shape<PolicyEntity>(field(kNameMember<K>, &PolicyEntity::name), field(kIdMember<K>, &PolicyEntity::id));
struct ListEntitiesForPolicyOutput : PageOutput {
  std::vector<PolicyEntity> groups, users, roles;
};
using Out = ListEntitiesForPolicyOutput;
constexpr auto kOutput =
    shape_of<Out>(field("PolicyGroups", &Out::groups, kPolicyEntity<EntityKind::group>),
                  field("PolicyUsers", &Out::users, kPolicyEntity<EntityKind::user>),
                  field("PolicyRoles", &Out::roles, kPolicyEntity<EntityKind::role>), kPageOutput);

std::string key_of(const EntityPtr& entity) {
  return auth::entity_key(entity->kind, entity->account, entity->name);
}

bool is_wanted(const In& in, const Entity& entity) {
  if (!entity.path.starts_with(in.path.value_or("/"))) return false;
  return !in.filter || auth::lower_case(*in.filter) == auth::type_of(entity.kind);
}

asio::awaitable<Out> list_entities_for_policy(Iam& iam, const Caller& caller, In in) {
  const ManagedPolicyPtr policy = find_policy(iam, caller, in.arn);
  std::map<std::string, EntityPtr> found;  // one can use it in both ways
  using Use = auth::Store::Use;
  for (const Use use : {Use::attached, Use::boundary}) {
    if (in.usage && (*in.usage == "PermissionsBoundary") != (use == Use::boundary)) continue;
    for (EntityPtr& entity : iam.store.users_of(policy->id, caller.account, use))
      if (is_wanted(in, *entity)) found[key_of(entity)] = std::move(entity);
  }
  std::vector<EntityPtr> all;
  for (auto& [key, entity] : found) all.push_back(std::move(entity));
  Out out;
  for (const EntityPtr& entity : page_of(std::move(all), in, out, key_of)) {
    auto& list = entity->kind == EntityKind::user    ? out.users
                 : entity->kind == EntityKind::group ? out.groups
                                                     : out.roles;
    list.push_back({entity->name, entity->id});
  }
  co_return out;
}

}  // namespace

extern const Operation kListEntitiesForPolicy;
const Operation kListEntitiesForPolicy =
    operation("ListEntitiesForPolicy", kInput, kOutput, list_entities_for_policy).reads().on(policy_of_input);

}  // namespace millrace::iam
