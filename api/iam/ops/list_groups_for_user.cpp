// ListGroupsForUser: by name. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct ListGroupsForUserInput : PageInput {
  std::string name;
};
using In = ListGroupsForUserInput;
constexpr auto kInput =
    shape_of<In>(field("UserName", &In::name, required, kExistingName<EntityKind::user>), kPageInput);
struct ListGroupsForUserOutput : PageOutput {
  std::vector<GroupOutput> groups;
};
using Out = ListGroupsForUserOutput;
constexpr auto kOutput = shape_of<Out>(kPageOutput, field("Groups", &Out::groups, kGroup));

asio::awaitable<Out> list_groups_for_user(Iam& iam, const Caller& caller, In in) {
  const EntityPtr user = find_entity(iam, caller, EntityKind::user, in.name);
  std::vector<GroupOutput> groups;
  for (const std::string& id : user->groups)
    if (const EntityPtr group = iam.store.entity_by_id(id))
      groups.push_back(output_of(iam, *group, Detail::listed));
  const auto name_of = [](const GroupOutput& group) { return auth::lower_case(group.name); };
  std::sort(groups.begin(), groups.end(),
            [&](const GroupOutput& a, const GroupOutput& b) { return name_of(a) < name_of(b); });
  Out out;
  out.groups = page_of(std::move(groups), in, out, name_of);
  co_return out;
}

}  // namespace

extern const Operation kListGroupsForUser;
const Operation kListGroupsForUser =
    operation("ListGroupsForUser", kInput, kOutput, list_groups_for_user).reads().on(user_of_input);

}  // namespace millrace::iam
