// Where shards end, as the rows of the segments say. The index alone does not tell that its last row of a
// shard is missing: the shard would end earlier, and give out indexes again.
#pragma once

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "storage/local/segments/segments.h"
#include "storage/local/shard_hash.h"

namespace millrace::storage {

// Made when the database is opened: what is appended later is known in memory. Safe from any thread.
class ShardEnds {
 public:
  // Adds what a segment's row says. False when the bytes are not such a row.
  [[nodiscard]] bool add(std::string_view segment_row);
  // Behind the newest record of the shard; 0 when nothing is known of it.
  [[nodiscard]] Index of(ShardId shard) const;
  // The stream was dropped.
  void forget(std::uint64_t stream);
  [[nodiscard]] std::unordered_set<std::uint64_t> streams() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<ShardId, Index, ShardIdHash> ends_;  // guarded by mutex_
};

}  // namespace millrace::storage
