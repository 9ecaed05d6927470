// CreateRole: a role that the principals of its trust policy can assume. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct CreateRoleInput {
  std::optional<std::string> path, description, boundary;
  std::string name, trust;
  std::optional<int> max_session;
  std::vector<Tag> tags;
};
using In = CreateRoleInput;
constexpr auto kInput = shape<In>(
    field("Path", &In::path, kPath), field("RoleName", &In::name, required, kNewName<EntityKind::role>),
    field("AssumeRolePolicyDocument", &In::trust, required, kDocument),
    field("Description", &In::description, kDescription),
    field("MaxSessionDuration", &In::max_session, range(3600, 43200)),
    refused("MaxSigninSessionDuration", "there is no console to sign in to"),
    field("PermissionsBoundary", &In::boundary, kArn), field("Tags", &In::tags, kTagCount, kTag));
struct CreateRoleOutput {
  RoleOutput role;
};
constexpr auto kOutput = shape<CreateRoleOutput>(field("Role", &CreateRoleOutput::role, kRole));

asio::awaitable<CreateRoleOutput> create_role(Iam& iam, const Caller& caller, In in) {
  check_name(in.name, "roleName");
  check_tags(in.tags, TagKeys::any_case);
  check_trust(in.trust);
  Entity role = new_entity(iam, caller, EntityKind::role, in.name, in.path);
  role.trust = in.trust;
  role.description = in.description.value_or("");
  if (in.max_session) role.max_session = std::chrono::seconds(*in.max_session);
  if (in.boundary) role.boundary = attachable(iam, caller, *in.boundary);
  set_tags(role.tags, in.tags, TagKeys::any_case);
  const EntityPtr added = co_await add_entity(iam, std::move(role));
  CreateRoleOutput out{role_output(iam, *added, Detail::full)};
  out.role.max_session = in.max_session;
  co_return out;
}

}  // namespace

extern const Operation kCreateRole;
const Operation kCreateRole =
    operation("CreateRole", kInput, kOutput, create_role).writes().on(role_of_input);

}  // namespace millrace::iam
