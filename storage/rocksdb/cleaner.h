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
  // What the segment holds: its row, or what is found in it, which becomes its row.
  [[nodiscard]] std::optional<SegmentContents> contents(std::uint64_t number, Committer& committer);
  // Whether the shard has records before `next` that can be read.
  [[nodiscard]] bool is_live(ShardId shard, Index next);
  [[nodiscard]] std::optional<std::uint64_t> live_bytes(std::uint64_t number, Committer& committer);
  [[nodiscard]] bool move_live(std::uint64_t number, Committer& committer, const std::atomic<bool>& stop);
  [[nodiscard]] bool forget(std::uint64_t number, Committer& committer);

  Database& database_;
  Shards& shards_;
  // Where the readable part of each shard begins; kMaxIndex where nothing is, which is nowhere. Of one pass:
  // a shard only ever loses meanwhile.
  std::unordered_map<ShardId, Index, ShardIdHash> trims_;
};

}  // namespace millrace::storage
