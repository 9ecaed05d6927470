// CreateUser: a user without permissions. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct CreateUserInput {
  std::optional<std::string> path, boundary;
  std::string name;
  std::vector<Tag> tags;
};
using In = CreateUserInput;
constexpr auto kInput = shape<In>(
    field("Path", &In::path, kPath), field("UserName", &In::name, required, kNewName<EntityKind::user>),
    field("PermissionsBoundary", &In::boundary, kArn), field("Tags", &In::tags, kTagCount, kTag));
struct CreateUserOutput {
  UserOutput user;
};
constexpr auto kOutput = shape<CreateUserOutput>(field("User", &CreateUserOutput::user, kUser));

asio::awaitable<CreateUserOutput> create_user(Iam& iam, const Caller& caller, In in) {
  check_name(in.name, "userName");
  check_tags(in.tags, TagKeys::any_case);
  Entity user = new_entity(iam, caller, EntityKind::user, in.name, in.path);
  if (in.boundary) user.boundary = attachable(iam, caller, *in.boundary);
  set_tags(user.tags, in.tags, TagKeys::any_case);
  const EntityPtr added = co_await add_entity(iam, std::move(user));
  co_return CreateUserOutput{output_of(iam, *added, Detail::full)};
}

}  // namespace

extern const Operation kCreateUser;
const Operation kCreateUser =
    operation("CreateUser", kInput, kOutput, create_user).writes().on(user_of_input);

}  // namespace millrace::iam
