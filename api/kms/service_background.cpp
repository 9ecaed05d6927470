// What Kms does as time passes: due deletions and rotations.
#include "api/core/error.h"
#include "api/kms/service.h"

namespace millrace::kms {

namespace {

bool deletion_is_due(const Key& key, Time now) { return key.deletion && *key.deletion <= now; }
// The rotation of a key that is disabled is made when it is enabled again.
bool rotation_is_due(const Key& key, Time now) {
  return key.rotation && key.rotation->next <= now && key.state == KeyState::enabled;
}

}  // namespace

asio::awaitable<void> Kms::delete_due_keys() {
  for (const KeyPtr& key : store.all_keys()) {
    if (!deletion_is_due(*key, clock.now())) continue;
    const FoundKey found = store.key(key->account, key->region, key->id);
    if (!found.row || !deletion_is_due(*found.row, clock.now())) continue;
    RowChanges changes;
    store.remove(changes, found);
    // If the key was changed meanwhile, the next run looks at it again.
    (void)co_await store.write(std::move(changes));
  }
}

asio::awaitable<void> Kms::rotate_due_keys() {
  for (const KeyPtr& key : store.all_keys()) {
    if (!rotation_is_due(*key, clock.now())) continue;
    const FoundKey found = store.key(key->account, key->region, key->id);
    if (!found.row || !rotation_is_due(*found.row, clock.now())) continue;
    const Time now = clock.now();
    Key rotated = *found.row;
    add_material(rotated, master, random_secret(), now, "AUTOMATIC");
    // One rotation for all periods that passed while the server was stopped.
    while (rotated.rotation->next <= now)
      rotated.rotation->next += std::chrono::days(rotated.rotation->period_days);
    RowChanges changes;
    store.put(changes, std::move(rotated), found.version);
    (void)co_await store.write(std::move(changes));
  }
}

}  // namespace millrace::kms
