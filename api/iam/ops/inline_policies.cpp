// PutUserPolicy, PutGroupPolicy, PutRolePolicy, and the operations that get, list and delete what they put:
// documents that belong to one user, group or role. Source: IAM API reference.
#include "api/core/message.h"
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

template <EntityKind K>
struct PutPolicyInput {
  std::string entity, name, document;
};
template <EntityKind K>
struct PolicyNameInput {
  std::string entity, name;
};
template <EntityKind K>
struct ListPoliciesInput : PageInput {
  std::string entity;
};
template <EntityKind K>
struct GetPolicyOutput {
  std::string entity, name, document;
};
struct ListPoliciesOutput : PageOutput {
  std::vector<std::string> names;
};

template <EntityKind K, class In>
constexpr auto kEntityName = field(kNameMember<K>, &In::entity, required, kExistingName<K>);
template <EntityKind K, class In = PutPolicyInput<K>>
constexpr auto kPutInput =
    shape<In>(kEntityName<K, In>, field("PolicyName", &In::name, required, kPolicyName),
              field("PolicyDocument", &In::document, required, kDocument));
template <EntityKind K, class In = PolicyNameInput<K>>
constexpr auto kNameInput =
    shape<In>(kEntityName<K, In>, field("PolicyName", &In::name, required, kPolicyName));
template <EntityKind K, class In = ListPoliciesInput<K>>
constexpr auto kListInput = shape_of<In>(kEntityName<K, In>, kPageInput);
template <EntityKind K, class Out = GetPolicyOutput<K>>
constexpr auto kGetOutput = shape<Out>(field(kNameMember<K>, &Out::entity), field("PolicyName", &Out::name),
                                       field("PolicyDocument", &Out::document));
constexpr auto kListOutput =
    shape_of<ListPoliciesOutput>(kPageOutput, field("PolicyNames", &ListPoliciesOutput::names));

// Throws LimitExceeded if the documents are too large together.
void check_sizes(const Entity& entity) {
  std::size_t counted = 0, bytes = 0;
  for (const auto& [name, document] : entity.inline_policies) {
    counted += counted_size(document);
    bytes += name.size() + document.size();
  }
  if (counted > max_inline_policies(entity.kind) || bytes > kMaxInlineBytes)
    throw policies_too_large(entity.kind, entity.name, max_inline_policies(entity.kind));
}

template <EntityKind K>
asio::awaitable<Nothing> put_policy(Iam& iam, const Caller& caller, PutPolicyInput<K> in) {
  (void)find_entity(iam, caller, K, in.entity);
  check_document(in.document, auth::PolicyKind::identity);
  const auto put = [&in](Entity& entity) {
    entity.inline_policies[in.name] = in.document;
    check_sizes(entity);
  };
  (void)co_await change_entity(iam, caller, K, in.entity, put);
  co_return Nothing{};
}

template <EntityKind K>
asio::awaitable<GetPolicyOutput<K>> get_policy(Iam& iam, const Caller& caller, PolicyNameInput<K> in) {
  const EntityPtr entity = find_entity(iam, caller, K, in.entity);
  const auto found = entity->inline_policies.find(in.name);
  if (found == entity->inline_policies.end()) throw no_such_inline_policy(K, in.name);
  co_return GetPolicyOutput<K>{entity->name, in.name, percent_encode(found->second)};
}

template <EntityKind K>
asio::awaitable<ListPoliciesOutput> list_policies(Iam& iam, const Caller& caller, ListPoliciesInput<K> in) {
  const EntityPtr entity = find_entity(iam, caller, K, in.entity);
  std::vector<std::string> names;
  for (const auto& [name, document] : entity->inline_policies) names.push_back(name);
  ListPoliciesOutput out;
  out.names = page_of(std::move(names), in, out, [](const std::string& name) { return name; });
  co_return out;
}

template <EntityKind K>
asio::awaitable<Nothing> delete_policy(Iam& iam, const Caller& caller, PolicyNameInput<K> in) {
  const auto remove = [&in](Entity& entity) {
    if (entity.inline_policies.erase(in.name) == 0) throw no_such_inline_policy(K, in.name);
  };
  (void)co_await change_entity(iam, caller, K, in.entity, remove);
  co_return Nothing{};
}

template <EntityKind K>
Operation put_operation(const char* name) {
  return operation(name, kPutInput<K>, kNothing, put_policy<K>).writes().on(kEntityOfInput<K>);
}
template <EntityKind K>
Operation get_operation(const char* name) {
  return operation(name, kNameInput<K>, kGetOutput<K>, get_policy<K>).reads().on(kEntityOfInput<K>);
}
template <EntityKind K>
Operation list_operation(const char* name) {
  return operation(name, kListInput<K>, kListOutput, list_policies<K>).reads().on(kEntityOfInput<K>);
}
template <EntityKind K>
Operation delete_operation(const char* name) {
  return operation(name, kNameInput<K>, kNothing, delete_policy<K>).writes().on(kEntityOfInput<K>);
}

}  // namespace

extern const Operation kPutUserPolicy, kPutGroupPolicy, kPutRolePolicy, kGetUserPolicy, kGetGroupPolicy,
    kGetRolePolicy, kListUserPolicies, kListGroupPolicies, kListRolePolicies, kDeleteUserPolicy,
    kDeleteGroupPolicy, kDeleteRolePolicy;
const Operation kPutUserPolicy = put_operation<EntityKind::user>("PutUserPolicy");
const Operation kPutGroupPolicy = put_operation<EntityKind::group>("PutGroupPolicy");
const Operation kPutRolePolicy = put_operation<EntityKind::role>("PutRolePolicy");
const Operation kGetUserPolicy = get_operation<EntityKind::user>("GetUserPolicy");
const Operation kGetGroupPolicy = get_operation<EntityKind::group>("GetGroupPolicy");
const Operation kGetRolePolicy = get_operation<EntityKind::role>("GetRolePolicy");
const Operation kListUserPolicies = list_operation<EntityKind::user>("ListUserPolicies");
const Operation kListGroupPolicies = list_operation<EntityKind::group>("ListGroupPolicies");
const Operation kListRolePolicies = list_operation<EntityKind::role>("ListRolePolicies");
const Operation kDeleteUserPolicy = delete_operation<EntityKind::user>("DeleteUserPolicy");
const Operation kDeleteGroupPolicy = delete_operation<EntityKind::group>("DeleteGroupPolicy");
const Operation kDeleteRolePolicy = delete_operation<EntityKind::role>("DeleteRolePolicy");

}  // namespace millrace::iam
