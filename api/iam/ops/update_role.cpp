// UpdateRole, UpdateRoleDescription: what is not given stays. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct UpdateRoleInput {
  std::string name;
  std::optional<std::string> description;
  std::optional<int> max_session;
};
using In = UpdateRoleInput;
constexpr auto kName = members(field("RoleName", &In::name, required, kExistingName<EntityKind::role>));
constexpr auto kInput =
    shape_of<In>(kName, field("Description", &In::description, kDescription),
                 field("MaxSessionDuration", &In::max_session, range(3600, 43200)),
                 refused("MaxSigninSessionDuration", "there is no console to sign in to"),
                 refused("ResetMaxSigninSessionDuration", "there is no console to sign in to"));
constexpr auto kDescriptionInput =
    shape_of<In>(kName, field("Description", &In::description, required, kDescription));

// An empty structure, which is written nevertheless.
struct UpdateRoleOutput {
  std::optional<bool> nothing;
};
constexpr auto kOutput = shape<UpdateRoleOutput>(field("Nothing", &UpdateRoleOutput::nothing));
struct UpdateRoleDescriptionOutput {
  RoleOutput role;
};
constexpr auto kDescriptionOutput =
    shape<UpdateRoleDescriptionOutput>(field("Role", &UpdateRoleDescriptionOutput::role, kRole));

void apply(const In& in, Entity& role) {
  if (in.description) role.description = *in.description;
  if (in.max_session) role.max_session = std::chrono::seconds(*in.max_session);
}

asio::awaitable<UpdateRoleOutput> update_role(Iam& iam, const Caller& caller, In in) {
  const auto change = [&in](Entity& role) { apply(in, role); };
  (void)co_await change_entity(iam, caller, EntityKind::role, in.name, change);
  co_return UpdateRoleOutput{};
}

asio::awaitable<UpdateRoleDescriptionOutput> update_description(Iam& iam, const Caller& caller, In in) {
  const auto change = [&in](Entity& role) { apply(in, role); };
  const EntityPtr role = co_await change_entity(iam, caller, EntityKind::role, in.name, change);
  co_return UpdateRoleDescriptionOutput{role_output(iam, *role, Detail::full)};
}

}  // namespace

extern const Operation kUpdateRole, kUpdateRoleDescription;
const Operation kUpdateRole =
    operation("UpdateRole", kInput, kOutput, update_role).writes().on(role_of_input);
const Operation kUpdateRoleDescription =
    operation("UpdateRoleDescription", kDescriptionInput, kDescriptionOutput, update_description)
        .writes()
        .on(role_of_input);

}  // namespace millrace::iam
