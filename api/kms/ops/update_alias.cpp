// UpdateAlias: gives an alias to another key of the same kind. Source: KMS API reference.
#include "api/kms/alias_names.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct UpdateAliasInput {
  std::string alias, key;
};
using In = UpdateAliasInput;
constexpr auto kInput = shape<In>(field("AliasName", &In::alias, required, kAliasName),
                                  field("TargetKeyId", &In::key, required, kKeyId));

bool is_same_kind(const Key& a, const Key& b) {
  return a.usage == b.usage && a.is_symmetric() == b.is_symmetric();
}

asio::awaitable<Nothing> update_alias(Kms& k, const Caller& caller, In in) {
  check_new_alias(in.alias);
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundKey key = find_alias_target(k, caller, in.key);
    const FoundAlias found = k.store.alias(caller.account, caller.region, in.alias);
    if (!found.row) throw no_alias(alias_arn(caller.region, caller.account, in.alias));
    const FoundKey before = k.store.key(caller.account, caller.region, found.row->key_id);
    if (before.row && !is_same_kind(*before.row, *key.row))
      throw invalid("The current and the new key of an alias must have the same type and key usage.");
    if (found.row->key_id != key.row->id) check_alias_count(k, *key.row);
    Alias changed = *found.row;
    changed.key_id = key.row->id;
    changed.updated = k.clock.now();
    RowChanges changes;
    k.store.expect(changes, *key.row, key.version);
    k.store.put(changes, std::move(changed), found.version);
    const bool done = co_await k.store.write(std::move(changes));
    if (done) co_return Nothing{};
  }
}

}  // namespace

extern const Operation kUpdateAlias;
const Operation kUpdateAlias =
    operation("UpdateAlias", kInput, kNothing, update_alias).writes().on(alias_of_input).on(keys_of_alias);

}  // namespace millrace::kms
