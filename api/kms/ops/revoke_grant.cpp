// RevokeGrant: removes a grant, for those who administer the key. Source: KMS API reference.
#include "api/kms/remove_grant.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct RevokeGrantInput {
  std::string key, id;
  std::optional<bool> dry_run;
};
using In = RevokeGrantInput;
constexpr auto kInput =
    shape<In>(field("KeyId", &In::key, required, kKeyId), field("GrantId", &In::id, required, kGrantId),
              field("DryRun", &In::dry_run));

asio::awaitable<Nothing> revoke_grant(Kms& k, const Caller& caller, In in) {
  GrantPlace place{std::move(in.key), std::move(in.id)};
  co_await remove_grant(k, caller, std::move(place), in.dry_run);
  co_return Nothing{};
}

}  // namespace

extern const Operation kRevokeGrant;
const Operation kRevokeGrant =
    operation("RevokeGrant", kInput, kNothing, revoke_grant).writes().on(key_of_input);

}  // namespace millrace::kms
