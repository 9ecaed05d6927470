// DeleteAlias: the key stays. Source: KMS API reference.
#include "api/kms/alias_names.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct DeleteAliasInput {
  std::string alias;
};
using In = DeleteAliasInput;
constexpr auto kInput = shape<In>(field("AliasName", &In::alias, required, kAliasName));

asio::awaitable<Nothing> delete_alias(Kms& k, const Caller& caller, In in) {
  check_new_alias(in.alias);
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundAlias found = k.store.alias(caller.account, caller.region, in.alias);
    if (!found.row) throw no_alias(alias_arn(caller.region, caller.account, in.alias));
    RowChanges changes;
    k.store.remove(changes, found);
    const bool done = co_await k.store.write(std::move(changes));
    if (done) co_return Nothing{};
  }
}

}  // namespace

extern const Operation kDeleteAlias;
const Operation kDeleteAlias =
    operation("DeleteAlias", kInput, kNothing, delete_alias).writes().on(alias_of_input).on(keys_of_alias);

}  // namespace millrace::kms
