// AddUserToGroup, RemoveUserFromGroup: both are done if nothing is left to do. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct GroupMemberInput {
  std::string group, user;
};
using In = GroupMemberInput;
constexpr auto kInput = shape<In>(field("GroupName", &In::group, required, kExistingName<EntityKind::group>),
                                  field("UserName", &In::user, required, kExistingName<EntityKind::user>));

asio::awaitable<Nothing> add_user_to_group(Iam& iam, const Caller& caller, In in) {
  const EntityPtr group = find_entity(iam, caller, EntityKind::group, in.group);
  const auto add = [&group](Entity& user) {
    if (std::find(user.groups.begin(), user.groups.end(), group->id) != user.groups.end()) return;
    if (user.groups.size() >= kMaxGroupsOfUser) throw quota_exceeded("GroupsPerUser", kMaxGroupsOfUser);
    user.groups.push_back(group->id);
  };
  (void)co_await change_entity(iam, caller, EntityKind::user, in.user, add);
  co_return Nothing{};
}

asio::awaitable<Nothing> remove_user_from_group(Iam& iam, const Caller& caller, In in) {
  (void)find_entity(iam, caller, EntityKind::user, in.user);  // reported first
  const EntityPtr group = find_entity(iam, caller, EntityKind::group, in.group);
  const auto remove = [&group](Entity& user) { std::erase(user.groups, group->id); };
  (void)co_await change_entity(iam, caller, EntityKind::user, in.user, remove);
  co_return Nothing{};
}

}  // namespace

extern const Operation kAddUserToGroup, kRemoveUserFromGroup;
const Operation kAddUserToGroup =
    operation("AddUserToGroup", kInput, kNothing, add_user_to_group).writes().on(group_of_input);
const Operation kRemoveUserFromGroup =
    operation("RemoveUserFromGroup", kInput, kNothing, remove_user_from_group).writes().on(group_of_input);

}  // namespace millrace::iam
