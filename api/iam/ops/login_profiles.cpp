// GetLoginProfile, DeleteLoginProfile, GetAccountPasswordPolicy: nobody has a password here. Source: IAM API
// reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct LoginProfileInput {
  std::optional<std::string> user;
};
constexpr auto kInput =
    shape<LoginProfileInput>(field("UserName", &LoginProfileInput::user, kExistingName<EntityKind::user>));

asio::awaitable<Nothing> login_profile(Iam& iam, const Caller& caller, LoginProfileInput in) {
  const std::string name = user_named(caller, in.user);
  (void)find_entity(iam, caller, EntityKind::user, name);
  throw no_such_login_profile(name);
  co_return Nothing{};
}

asio::awaitable<Nothing> password_policy(Iam&, const Caller& caller, Nothing) {
  throw no_password_policy(caller.account);
  co_return Nothing{};
}

}  // namespace

extern const Operation kGetLoginProfile, kDeleteLoginProfile, kGetAccountPasswordPolicy;
const Operation kGetLoginProfile =
    operation("GetLoginProfile", kInput, kNothing, login_profile).reads().on(user_of_input);
const Operation kDeleteLoginProfile =
    operation("DeleteLoginProfile", kInput, kNothing, login_profile).writes().on(user_of_input);
const Operation kGetAccountPasswordPolicy =
    operation("GetAccountPasswordPolicy", kNothing, kNothing, password_policy).reads().on(every_resource);

}  // namespace millrace::iam
