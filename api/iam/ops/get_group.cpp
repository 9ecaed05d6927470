// GetGroup: a group and its users. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct GetGroupInput : PageInput {
  std::string name;
};
using In = GetGroupInput;
constexpr auto kInput =
    shape_of<In>(field("GroupName", &In::name, required, kExistingName<EntityKind::group>), kPageInput);
struct GetGroupOutput : PageOutput {
  GroupOutput group;
  std::vector<UserOutput> users;
};
using Out = GetGroupOutput;
constexpr auto kOutput =
    shape_of<Out>(field("Group", &Out::group, kGroup), kPageOutput, field("Users", &Out::users, kUser));

asio::awaitable<Out> get_group(Iam& iam, const Caller& caller, In in) {
  const EntityPtr group = find_entity(iam, caller, EntityKind::group, in.name);
  Out out;
  out.group = output_of(iam, *group, Detail::listed);
  const auto name_of = [](const EntityPtr& user) { return auth::lower_case(user->name); };
  for (const EntityPtr& user : page_of(iam.store.members(group->id), in, out, name_of))
    out.users.push_back(output_of(iam, *user, Detail::listed));
  co_return out;
}

}  // namespace

extern const Operation kGetGroup;
const Operation kGetGroup = operation("GetGroup", kInput, kOutput, get_group).reads().on(group_of_input);

}  // namespace millrace::iam
