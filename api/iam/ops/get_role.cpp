// GetRole. When a role was last used is not recorded. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct GetRoleInput {
  std::string name;
};
constexpr auto kInput =
    shape<GetRoleInput>(field("RoleName", &GetRoleInput::name, required, kExistingName<EntityKind::role>));
struct GetRoleOutput {
  RoleOutput role;
};
constexpr auto kOutput = shape<GetRoleOutput>(field("Role", &GetRoleOutput::role, kRole));

asio::awaitable<GetRoleOutput> get_role(Iam& iam, const Caller& caller, GetRoleInput in) {
  const EntityPtr role = find_entity(iam, caller, EntityKind::role, in.name);
  GetRoleOutput out{role_output(iam, *role, Detail::full)};
  out.role.max_session = static_cast<int>(role->max_session.count());
  out.role.last_used = RoleLastUsed{};
  co_return out;
}

}  // namespace

extern const Operation kGetRole;
const Operation kGetRole = operation("GetRole", kInput, kOutput, get_role).reads().on(role_of_input);

}  // namespace millrace::iam
