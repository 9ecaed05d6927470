// UpdateUser, UpdateGroup: another name or path. Access keys, groups and policies stay. Source: IAM API
// reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

template <EntityKind K>
struct UpdateEntityInput {
  std::string name;
  std::optional<std::string> path, new_name;
};
template <EntityKind K>
using In = UpdateEntityInput<K>;
template <EntityKind K>
constexpr auto kInput = shape<In<K>>(
    field(kNameMember<K>, &In<K>::name, required, kExistingName<K>), field("NewPath", &In<K>::path, kPath),
    field(K == EntityKind::user ? "NewUserName" : "NewGroupName", &In<K>::new_name, kNewName<K>));

template <EntityKind K>
asio::awaitable<Nothing> update_entity(Iam& iam, const Caller& caller, In<K> in) {
  if (in.path) check_path(*in.path, "newPath");
  if (in.new_name) check_name(*in.new_name, K == EntityKind::user ? "newUserName" : "newGroupName");
  for (Attempts attempts;; attempts.next()) {
    const auto before = iam.store.entity(K, caller.account, in.name);
    if (!before.row) throw no_such_entity(K, in.name);
    Entity after = *before.row;
    if (in.path) after.path = *in.path;
    if (in.new_name) after.name = *in.new_name;
    const bool written = co_await rename_entity(iam, before, std::move(after));
    if (written) co_return Nothing{};
  }
}

}  // namespace

extern const Operation kUpdateUser, kUpdateGroup;
const Operation kUpdateUser =
    operation("UpdateUser", kInput<EntityKind::user>, kNothing, update_entity<EntityKind::user>)
        .writes()
        .on(user_of_input);
const Operation kUpdateGroup =
    operation("UpdateGroup", kInput<EntityKind::group>, kNothing, update_entity<EntityKind::group>)
        .writes()
        .on(group_of_input);

}  // namespace millrace::iam
