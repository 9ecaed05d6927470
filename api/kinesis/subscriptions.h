// Who is subscribed to which shard. AWS's rule (API reference, SubscribeToShard): a consumer has one
// subscription a shard; another within 5 seconds of a successful one is refused, a later one takes over, and
// the first ends.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "storage/shard_log.h"

namespace millrace::kinesis {

inline constexpr std::chrono::seconds kSubscriptionGuard{5};
inline constexpr std::chrono::minutes kSubscriptionLife{5};

// Safe from any thread.
class Subscriptions {
 public:
  // Held by the subscription; what it points at says whether another took over.
  using Place = std::shared_ptr<const std::atomic<bool>>;

  // A place for a consumer, named by its ARN, at a shard; nullptr when its last one is not old enough.
  // Whoever had the place before is told.
  [[nodiscard]] Place take(const std::string& consumer_arn, storage::ShardId shard, Time now);

  // What a consumer had is nothing to another of its name, which has the same ARN if it comes within a
  // second.
  void forget(const std::string& consumer_arn);

 private:
  struct Entry {
    Time since;
    std::shared_ptr<std::atomic<bool>> taken_over;
  };
  std::mutex mutex_;
  // Guarded by mutex_. Entries that are old and that nobody holds go at the next `take`.
  std::map<std::pair<std::string, storage::ShardId>, Entry> entries_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace millrace::kinesis
