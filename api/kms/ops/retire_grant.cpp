// RetireGrant: removes a grant, for those whom the grant names for it. Source: KMS API reference.
#include "api/kms/remove_grant.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct RetireGrantInput {
  std::optional<std::string> token, key, id;
  std::optional<bool> dry_run;
};
using In = RetireGrantInput;
constexpr auto kInput =
    shape<In>(field("GrantToken", &In::token, kGrantToken), field("KeyId", &In::key, kKeyId),
              field("GrantId", &In::id, kGrantId), field("DryRun", &In::dry_run));

GrantPlace place_in(const Kms& k, const In& in) {
  if (in.token) {
    auto place = place_of_token(k.master, *in.token);
    if (!place) throw bad_grant_token();
    return *std::move(place);
  }
  if (!in.key || !in.id) throw invalid("The request needs GrantToken, or KeyId and GrantId.");
  return {*in.key, *in.id};
}

asio::awaitable<Nothing> retire_grant(Kms& k, const Caller& caller, In in) {
  co_await remove_grant(k, caller, place_in(k, in), in.dry_run);
  co_return Nothing{};
}

}  // namespace

extern const Operation kRetireGrant;
const Operation kRetireGrant =
    operation("RetireGrant", kInput, kNothing, retire_grant).writes().on(key_of_grant);

}  // namespace millrace::kms
