// CreateAlias: a name for a key. Source: KMS API reference.
#include "api/kms/alias_names.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct CreateAliasInput {
  std::string alias, key;
};
using In = CreateAliasInput;
constexpr auto kInput = shape<In>(field("AliasName", &In::alias, required, kAliasName),
                                  field("TargetKeyId", &In::key, required, kKeyId));

asio::awaitable<Nothing> create_alias(Kms& k, const Caller& caller, In in) {
  check_new_alias(in.alias);
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundKey key = find_alias_target(k, caller, in.key);
    const Time now = k.clock.now();
    Alias alias{caller.account, caller.region, in.alias, key.row->id, now, now};
    if (k.store.alias(caller.account, caller.region, in.alias).version) throw alias_exists(alias.arn());
    check_alias_count(k, *key.row);
    RowChanges changes;
    k.store.expect(changes, *key.row, key.version);
    k.store.put(changes, std::move(alias), std::nullopt);
    const bool done = co_await k.store.write(std::move(changes));
    if (done) co_return Nothing{};
  }
}

}  // namespace

extern const Operation kCreateAlias;
const Operation kCreateAlias =
    operation("CreateAlias", kInput, kNothing, create_alias).writes().on(alias_of_input).on(keys_of_alias);

}  // namespace millrace::kms
