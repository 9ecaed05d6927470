#include "api/kms/remove_grant.h"

#include "api/kms/shapes.h"

namespace millrace::kms {

asio::awaitable<void> remove_grant(Kms& k, const Principal& caller, GrantPlace place,
                                   std::optional<bool> dry_run) {
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundKey key = find_key_by_id(k, caller, place.key_arn);
    const FoundGrant grant = k.store.grant(*key.row, place.grant_id);
    if (!grant.row) throw no_grant(place.grant_id);
    check_dry_run(dry_run);
    RowChanges changes;
    k.store.remove(changes, grant);
    const bool done = co_await k.store.write(std::move(changes));
    if (done) co_return;
  }
}

}  // namespace millrace::kms
