// Returns the space of segments, in the background. A segment with damaged blocks that were not trimmed
// stays: what can be read is moved out of it, and what cannot is noted as lost, and left for `millrace
// repair`.
#pragma once

#include <atomic>

#include "storage/local/pending_writes.h"
#include "storage/local/snapshot.h"
#include "storage/losses.h"

namespace millrace::storage {

class Cleaner {
 public:
  Cleaner(Database& database, Shards& shards, Losses& losses, Snapshots& snapshots)
      : database_(database), shards_(shards), losses_(losses), snapshots_(snapshots) {}

  // Removes the segments that hold nothing that can be read; where it is little, moves that to the end of the
  // log first. Returns early once `stop` is set.
  void pass(Committer& committer, const std::atomic<bool>& stop);

 private:
  // What the segment holds: its row, or what is found in it, which becomes its row.
  [[nodiscard]] std::optional<SegmentContents> contents(std::uint64_t number, Committer& committer);
  // Whether the shard has records before `next` that can be read.
  [[nodiscard]] bool is_live(ShardId shard, Index next);
  // As far as the row after it tells.
  [[nodiscard]] bool is_live(const LogRow& row);
  // Whether a record that has no row can be read all the same, or was never acknowledged: a write failed, and
  // the log went on elsewhere.
  [[nodiscard]] bool is_elsewhere(ShardId shard, Index index);
  // Of what the segment holds; its size where that is not known, since a part of it cannot be read.
  [[nodiscard]] std::optional<std::uint64_t> live_bytes(std::uint64_t number, Committer& committer);
  enum class Moved { all, readable, not_now };
  [[nodiscard]] Moved move_live(std::uint64_t number, Committer& committer, const std::atomic<bool>& stop);
  // Whether the segment's rows are in a snapshot too, which is taken if need be.
  [[nodiscard]] bool is_covered(std::uint64_t number);
  [[nodiscard]] bool forget(std::uint64_t number, Committer& committer);

  Database& database_;
  Shards& shards_;
  Losses& losses_;
  Snapshots& snapshots_;
  // Where the readable part of each shard begins; kMaxIndex where nothing is, which is nowhere. Of one pass:
  // a shard only ever loses meanwhile.
  std::unordered_map<ShardId, Index, ShardIdHash> trims_;
  // Segments of which only damaged blocks are left, with their live bytes when that was found.
  std::map<std::uint64_t, std::uint64_t> damaged_;
};

}  // namespace millrace::storage
