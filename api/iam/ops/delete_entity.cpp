// DeleteUser, DeleteGroup, DeleteRole: of one that has nothing any more. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

template <EntityKind K>
struct DeleteEntityInput {
  std::string name;
};
template <EntityKind K>
using In = DeleteEntityInput<K>;
template <EntityKind K>
constexpr auto kInput = shape<In<K>>(field(kNameMember<K>, &In<K>::name, required, kExistingName<K>));

void check_unused(const Iam& iam, const Entity& entity) {
  if (!entity.attached.empty()) throw delete_conflict("must detach all policies first");
  if (!entity.inline_policies.empty()) throw delete_conflict("must delete policies first");
  if (!entity.groups.empty()) throw delete_conflict("must remove user from groups first");
  if (entity.kind == EntityKind::user && !iam.store.keys_of(entity.id).empty())
    throw delete_conflict("must delete access keys first");
  if (entity.kind == EntityKind::group && !iam.store.members(entity.id).empty())
    throw delete_conflict("must remove users from group first");
}

template <EntityKind K>
asio::awaitable<Nothing> remove_entity(Iam& iam, const Caller& caller, In<K> in) {
  const auto check = [&iam](const Entity& entity) { check_unused(iam, entity); };
  const auto nothing_else = [](const Entity&, RowChanges&) {};
  co_await delete_entity(iam, caller, K, in.name, check, nothing_else);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteUser, kDeleteGroup, kDeleteRole;
const Operation kDeleteUser =
    operation("DeleteUser", kInput<EntityKind::user>, kNothing, remove_entity<EntityKind::user>)
        .writes()
        .on(user_of_input);
const Operation kDeleteGroup =
    operation("DeleteGroup", kInput<EntityKind::group>, kNothing, remove_entity<EntityKind::group>)
        .writes()
        .on(group_of_input);
const Operation kDeleteRole =
    operation("DeleteRole", kInput<EntityKind::role>, kNothing, remove_entity<EntityKind::role>)
        .writes()
        .on(role_of_input);

}  // namespace millrace::iam
