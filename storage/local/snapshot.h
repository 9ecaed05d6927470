// Snapshots of the index, beside the segments: what of it could not be read from segments that are still
// there. With one, and the segments written since, `repair` (repair.h) makes the index anew.
//
//   file  := "MILLSNP1" | chunk *
//   chunk := bytes u32 | checksum u64, seeded with that of the chunk before | bytes; the last one has 0 bytes
//   The chunks' bytes, one behind the other, are the position (segments.h, 24 bytes) and entries:
//   entry := kind u8 | key bytes u32 | value bytes u32 | key | value
//            'C' a row of the catalog family; 'M' one of the meta family, but for the position;
//            'L' key: stream u64 | shard u32, big-endian; value: first index of the shard's newest block u64
//
// Integers are little-endian where nothing else is said. Where blocks are, and when they arrived, is not in a
// snapshot: segments say so themselves. A file is named after the number of the frame up to which it knows;
// two are kept that can be read.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "storage/local/index/database.h"

namespace millrace::storage {

struct Snapshot {
  Position position;
  std::map<std::string, std::string> meta;
  std::map<ShardId, Index> newest;  // of the shards that have blocks: where the newest one begins

  // Calls `row`, if it is given, for each row of the catalog. Errors: corrupt (some rows may have been
  // given), io, not_found, those of `row`.
  using Row = std::function<Result<void>(std::string_view key, std::string_view value)>;
  [[nodiscard]] static Result<Snapshot> read(const std::filesystem::path& file, const Row& row = {});
};

// The snapshots in a directory, the newest first. Unreadable ones are among them.
[[nodiscard]] std::vector<std::filesystem::path> snapshots_in(const std::filesystem::path& directory);

// Takes snapshots of an open database. One thread's.
class Snapshots {
 public:
  Snapshots(const Database& database, const RocksOptions& options);

  // Finds out what the newest snapshot covers. Before anything else.
  void load();
  // Takes a snapshot if much was written since the last one, or if there are fewer than two and segments need
  // them.
  void take_if_due();
  // Takes a snapshot, unless the last one was so costly and so recent that it would take more than a share of
  // the time. False when none was taken.
  [[nodiscard]] bool take();
  // The segment from which on segments are needed beside the newest snapshot.
  [[nodiscard]] std::uint64_t first_needed_segment() const { return covered_.segment; }
  // Whether the last attempt failed since the disk is full: then space is worth more than a snapshot.
  [[nodiscard]] bool out_of_room() const { return out_of_room_; }

 private:
  [[nodiscard]] Result<Position> write();
  void remove_old();

  const Database& database_;
  const std::filesystem::path directory_;
  const bool sync_;
  const Position opened_at_;  // where the log ended when it was opened
  Position covered_;
  std::size_t readable_ = 0;                 // snapshots that are
  std::set<std::filesystem::path> damaged_;  // those that are not
  std::uint64_t bytes_ = 0;                  // of the newest
  std::uint64_t written_at_ = 0;             // bytes of segments written when it was taken
  std::chrono::steady_clock::time_point not_before_{};
  bool out_of_room_ = false;
  Counter* const failures_;  // nullptr: nobody counts
};

}  // namespace millrace::storage
