// ListUsers, ListGroups, ListRoles: by name, and under a path. Source: IAM API reference.
#include "api/iam/model.h"

namespace millrace::iam {

namespace {

struct ListEntitiesInput : PageInput {
  std::optional<std::string> path;
};
using In = ListEntitiesInput;
constexpr auto kInput = shape_of<In>(field("PathPrefix", &In::path, length(1, 512)), kPageInput);

template <class Item>
struct ListEntitiesOutput : PageOutput {
  std::vector<Item> items;
};
using Users = ListEntitiesOutput<UserOutput>;
using Roles = ListEntitiesOutput<RoleOutput>;
constexpr auto kUsers = shape_of<Users>(kPageOutput, field("Users", &Users::items, kUser));
constexpr auto kGroups = shape_of<Users>(kPageOutput, field("Groups", &Users::items, kGroup));
constexpr auto kRoles = shape_of<Roles>(kPageOutput, field("Roles", &Roles::items, kRole));

// The page, and whether there is another one.
std::vector<EntityPtr> page(const Iam& iam, const Caller& caller, EntityKind kind, const In& in,
                            PageOutput& out) {
  const std::string path = in.path.value_or("/");
  check_path_prefix(path, "pathPrefix");
  std::vector<EntityPtr> found =
      iam.store.list(kind, caller.account, name_of_marker(in.marker), path, page_size(in) + 1);
  out.truncated = found.size() > page_size(in);
  if (out.truncated) {
    found.pop_back();
    out.marker = marker_of(found.back()->name);
  }
  return found;
}

asio::awaitable<Users> list_users(Iam& iam, const Caller& caller, In in) {
  Users out;
  for (const EntityPtr& user : page(iam, caller, EntityKind::user, in, out))
    out.items.push_back(output_of(iam, *user, Detail::listed));
  co_return out;
}

asio::awaitable<Users> list_groups(Iam& iam, const Caller& caller, In in) {
  Users out;
  for (const EntityPtr& group : page(iam, caller, EntityKind::group, in, out))
    out.items.push_back(output_of(iam, *group, Detail::listed));
  co_return out;
}

asio::awaitable<Roles> list_roles(Iam& iam, const Caller& caller, In in) {
  Roles out;
  for (const EntityPtr& role : page(iam, caller, EntityKind::role, in, out)) {
    out.items.push_back(role_output(iam, *role, Detail::listed));
    out.items.back().max_session = static_cast<int>(role->max_session.count());
  }
  co_return out;
}

}  // namespace

extern const Operation kListUsers, kListGroups, kListRoles;
const Operation kListUsers = operation("ListUsers", kInput, kUsers, list_users).reads().on(every_resource);
const Operation kListGroups =
    operation("ListGroups", kInput, kGroups, list_groups).reads().on(every_resource);
const Operation kListRoles = operation("ListRoles", kInput, kRoles, list_roles).reads().on(every_resource);

}  // namespace millrace::iam
