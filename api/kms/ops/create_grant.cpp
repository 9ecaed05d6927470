// CreateGrant: lets a principal use a key. The same grant with the same name is not created twice. Source:
// KMS API reference.
#include <algorithm>

#include "api/kms/grant_shapes.h"
#include "api/kms/grant_tokens.h"
#include "api/kms/resources.h"
#include "storage/base/ids.h"

namespace millrace::kms {

namespace {

constexpr std::size_t kMaxGrants = 10'000;  // of a key

struct CreateGrantInput {
  std::string key;
  std::optional<std::string> grantee, retiring_principal;
  std::vector<std::string> operations;
  std::optional<GrantConstraints> constraints;
  std::optional<std::string> name;
  std::optional<bool> dry_run;
  std::optional<std::string> grantee_service, retiring_service;
};
using In = CreateGrantInput;
constexpr auto kInput = shape<In>(
    field("KeyId", &In::key, required, kKeyId), field("GranteePrincipal", &In::grantee, kPrincipalId),
    field("RetiringPrincipal", &In::retiring_principal, kPrincipalId),
    field("Operations", &In::operations, required, each(kGrantOperation)),
    field("Constraints", &In::constraints, kGrantConstraints), kGrantTokens,
    field("Name", &In::name, length(1, 256), pattern("^[a-zA-Z0-9:/_-]+$")), field("DryRun", &In::dry_run),
    field("GranteeServicePrincipal", &In::grantee_service, kServicePrincipal),
    field("RetiringServicePrincipal", &In::retiring_service, kServicePrincipal));

struct CreateGrantOutput {
  std::string token, id;
};
using Out = CreateGrantOutput;
constexpr auto kOutput = shape<Out>(field("GrantToken", &Out::token), field("GrantId", &Out::id));

Grant grant_of(const In& in, const Caller& caller, const Key& key, Time now) {
  if (in.operations.empty()) throw invalid("A grant needs at least one operation.");
  if (in.grantee.has_value() == in.grantee_service.has_value())
    throw invalid("A grant needs one of GranteePrincipal and GranteeServicePrincipal.");
  Grant g;
  g.id = random_hex(64);
  g.account = key.account;
  g.region = key.region;
  g.key_id = key.id;
  g.name = in.name.value_or("");
  g.grantee = in.grantee.value_or("");
  g.grantee_service = in.grantee_service.value_or("");
  g.retiring_principal = in.retiring_principal.value_or("");
  g.retiring_service = in.retiring_service.value_or("");
  g.operations = in.operations;
  if (in.constraints) {
    g.subset = in.constraints->subset;
    g.equals = in.constraints->equals;
    g.source_arn = in.constraints->source_arn.value_or("");
  }
  g.issuer = caller.account;
  g.created = now;
  return g;
}

// nullptr: there is no such grant yet.
GrantPtr same_named(const std::vector<GrantPtr>& grants, const Grant& grant) {
  if (grant.name.empty()) return nullptr;
  const auto found = std::find_if(grants.begin(), grants.end(),
                                  [&](const GrantPtr& g) { return grants_the_same(*g, grant); });
  return found == grants.end() ? nullptr : *found;
}

asio::awaitable<Out> create_grant(Kms& k, const Caller& caller, In in) {
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundKey key = find_key_by_id(k, caller, in.key);
    check_enabled(*key.row);
    Grant grant = grant_of(in, caller, *key.row, k.clock.now());
    check_dry_run(in.dry_run);
    const std::vector<GrantPtr> grants = k.store.grants(*key.row, "", kMaxGrants);
    if (const GrantPtr same = same_named(grants, grant))
      co_return Out{grant_token(k.master, *same), same->id};
    if (grants.size() == kMaxGrants)
      throw limit_exceeded("The key " + key.row->arn() +
                           " has the most grants that are allowed: " + std::to_string(kMaxGrants) + ".");
    Out out{grant_token(k.master, grant), grant.id};
    RowChanges changes;
    k.store.expect(changes, *key.row, key.version);
    k.store.put(changes, std::move(grant), std::nullopt);
    const bool done = co_await k.store.write(std::move(changes));
    if (done) co_return out;
  }
}

}  // namespace

extern const Operation kCreateGrant;
const Operation kCreateGrant =
    operation("CreateGrant", kInput, kOutput, create_grant).writes().on(key_of_input);

}  // namespace millrace::kms
