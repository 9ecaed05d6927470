#include "api/kinesis/subscriptions.h"

#include <algorithm>

namespace millrace::kinesis {

Subscriptions::Place Subscriptions::take(const std::string& consumer_arn, storage::ShardId shard, Time now) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= sweep_at_) {
    std::erase_if(entries_, [&](const auto& e) {
      return e.second.taken_over.use_count() == 1 && now - e.second.since >= kSubscriptionGuard;
    });
    sweep_at_ = std::max<std::size_t>(1024, 2 * entries_.size());
  }
  const auto [it, is_new] = entries_.try_emplace({consumer_arn, shard});
  Entry& entry = it->second;
  // A clock that went back makes nobody wait for longer.
  if (!is_new && now >= entry.since && now - entry.since < kSubscriptionGuard) return nullptr;
  if (entry.taken_over) *entry.taken_over = true;
  entry = {now, std::make_shared<std::atomic<bool>>(false)};
  return entry.taken_over;
}

void Subscriptions::forget(const std::string& consumer_arn) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& e) { return e.first.first == consumer_arn; });
}

}  // namespace millrace::kinesis
