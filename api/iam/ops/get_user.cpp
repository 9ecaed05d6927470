// GetUser: a user, or who calls. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct GetUserInput {
  std::optional<std::string> name;
};
constexpr auto kInput =
    shape<GetUserInput>(field("UserName", &GetUserInput::name, kExistingName<EntityKind::user>));

// A root has no name.
struct AnyUser {
  std::string path;
  std::optional<std::string> name;
  std::string id, arn;
  Time created{};
  std::optional<BoundaryOutput> boundary;
  std::optional<std::vector<Tag>> tags;
};
constexpr auto kAnyUser = shape<AnyUser>(
    field("Path", &AnyUser::path), field("UserName", &AnyUser::name), field("UserId", &AnyUser::id),
    field("Arn", &AnyUser::arn), field("CreateDate", &AnyUser::created),
    field("PermissionsBoundary", &AnyUser::boundary, kBoundary), field("Tags", &AnyUser::tags, kTag));
struct GetUserOutput {
  AnyUser user;
};
constexpr auto kOutput = shape<GetUserOutput>(field("User", &GetUserOutput::user, kAnyUser));

bool is_root(const Caller& caller) { return caller.arn.ends_with(":root"); }

asio::awaitable<GetUserOutput> get_user(Iam& iam, const Caller& caller, GetUserInput in) {
  if (!in.name && is_root(caller)) {
    AnyUser root{"/", {}, caller.account, iam.identities.root_arn(caller.account), {}, {}, {}};
    co_return GetUserOutput{std::move(root)};
  }
  const EntityPtr user = find_entity(iam, caller, EntityKind::user, user_named(caller, in.name));
  UserOutput out = output_of(iam, *user, Detail::full);
  co_return GetUserOutput{{std::move(out.path), std::move(out.name), std::move(out.id), std::move(out.arn),
                           out.created, std::move(out.boundary), std::move(out.tags)}};
}

}  // namespace

extern const Operation kGetUser;
const Operation kGetUser = operation("GetUser", kInput, kOutput, get_user).reads().on(user_of_input);

}  // namespace millrace::iam
