// Returns the space of segments, in the background.
#pragma once

#include <atomic>

#include "storage/rocksdb/changes.h"

namespace millrace::storage {

class Cleaner {
 public:
  Cleaner(Database& database, Shards& shards) : database_(database), shards_(shards) {}

  // Removes the segments that hold nothing that can be read; where it is little, moves that to the end of the
  // log first. Returns early once `stop` is set.
  void pass(Committer& committer, const std::atomic<bool>& stop);

 private:
  // What the segment holds: its row, or what is found in it.
  [[nodiscard]] std::optional<SegmentContents> contents(std::uint64_t number);
  [[nodiscard]] bool is_live(ShardId shard, Index next);
  [[nodiscard]] std::optional<std::uint64_t> live_bytes(std::uint64_t number);
  [[nodiscard]] bool move_live(std::uint64_t number, Committer& committer, const std::atomic<bool>& stop);
  [[nodiscard]] bool forget(std::uint64_t number, Committer& committer);

  Database& database_;
  Shards& shards_;
};

}  // namespace millrace::storage
