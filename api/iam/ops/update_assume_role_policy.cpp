// UpdateAssumeRolePolicy: another trust policy. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct UpdateAssumeRolePolicyInput {
  std::string name, document;
};
using In = UpdateAssumeRolePolicyInput;
constexpr auto kInput = shape<In>(field("RoleName", &In::name, required, kExistingName<EntityKind::role>),
                                  field("PolicyDocument", &In::document, required, kDocument));

asio::awaitable<Nothing> update_assume_role_policy(Iam& iam, const Caller& caller, In in) {
  (void)find_entity(iam, caller, EntityKind::role, in.name);
  check_trust(in.document);
  const auto change = [&in](Entity& role) { role.trust = in.document; };
  (void)co_await change_entity(iam, caller, EntityKind::role, in.name, change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kUpdateAssumeRolePolicy;
const Operation kUpdateAssumeRolePolicy =
    operation("UpdateAssumeRolePolicy", kInput, kNothing, update_assume_role_policy)
        .writes()
        .on(role_of_input);

}  // namespace millrace::iam
