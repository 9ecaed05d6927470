// PutUserPermissionsBoundary, PutRolePermissionsBoundary, and the operations that delete them: the managed
// policy that limits what the others can allow. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

template <EntityKind K>
struct BoundaryInput {
  std::string entity, arn;
};
template <EntityKind K, class In = BoundaryInput<K>>
constexpr auto kName = members(field(kNameMember<K>, &In::entity, required, kNewName<K>));
template <EntityKind K, class In = BoundaryInput<K>>
constexpr auto kPutInput = shape_of<In>(kName<K>, field("PermissionsBoundary", &In::arn, required, kArn));
template <EntityKind K>
constexpr auto kDeleteInput = shape_of<BoundaryInput<K>>(kName<K>);

template <EntityKind K>
asio::awaitable<Nothing> put_boundary(Iam& iam, const Caller& caller, BoundaryInput<K> in) {
  (void)find_entity(iam, caller, K, in.entity);
  const auth::PolicyReference policy = attachable(iam, caller, in.arn);
  const auto put = [&policy](Entity& entity) { entity.boundary = policy; };
  (void)co_await change_entity(iam, caller, K, in.entity, put);
  co_return Nothing{};
}

template <EntityKind K>
asio::awaitable<Nothing> delete_boundary(Iam& iam, const Caller& caller, BoundaryInput<K> in) {
  const auto remove = [](Entity& entity) {
    if (!entity.boundary) throw no_boundary(K, entity.name);
    entity.boundary.reset();
  };
  (void)co_await change_entity(iam, caller, K, in.entity, remove);
  co_return Nothing{};
}

template <EntityKind K>
Operation put_operation(const char* name) {
  return operation(name, kPutInput<K>, kNothing, put_boundary<K>).writes().on(kEntityOfInput<K>);
}
template <EntityKind K>
Operation delete_operation(const char* name) {
  return operation(name, kDeleteInput<K>, kNothing, delete_boundary<K>).writes().on(kEntityOfInput<K>);
}

}  // namespace

extern const Operation kPutUserPermissionsBoundary, kPutRolePermissionsBoundary,
    kDeleteUserPermissionsBoundary, kDeleteRolePermissionsBoundary;
const Operation kPutUserPermissionsBoundary = put_operation<EntityKind::user>("PutUserPermissionsBoundary");
const Operation kPutRolePermissionsBoundary = put_operation<EntityKind::role>("PutRolePermissionsBoundary");
const Operation kDeleteUserPermissionsBoundary =
    delete_operation<EntityKind::user>("DeleteUserPermissionsBoundary");
const Operation kDeleteRolePermissionsBoundary =
    delete_operation<EntityKind::role>("DeleteRolePermissionsBoundary");

}  // namespace millrace::iam
