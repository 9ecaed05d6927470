// What a repaired index says of blocks, compared with the blocks.
#pragma once

#include <set>

#include "storage/local/index/keys.h"
#include "storage/local/repair.h"
#include "storage/local/segments/log_chain.h"
#include "storage/local/snapshot.h"

namespace millrace::storage {

// The shard's row alone; `damaged` is set when it is not one. Errors: io.
[[nodiscard]] Result<ShardState> shard_state(rocksdb::DB& db, const Database::Families& families, ShardId id,
                                             bool& damaged);

// Walks through all blocks in the order of the index. Reads and counts them, writes the rows of times, takes
// out what was written, refused, and written otherwise later, and tells what is missing.
class BlockCheck {
 public:
  // `dropped`: streams that were dropped after the snapshot. Adds to `out`.
  BlockCheck(rocksdb::DB& db, const Database::Families& families, const LogChain& chain,
             const Snapshot& snapshot, const std::set<std::uint64_t>& dropped, Repaired& out)
      : db_(db), families_(families), chain_(chain), snapshot_(snapshot), dropped_(dropped), out_(out) {}

  // Once. Errors: corrupt, io.
  [[nodiscard]] Result<void> run();

 private:
  // A shard whose blocks are walked through.
  struct Walk {
    ShardId id;
    ShardState state;
    Index next;  // behind the last block
    std::optional<Location> at;
    Index first;  // of the last block
    std::optional<std::int64_t> second;
    bool damaged = false;  // the last block was
    bool bad_row = false;  // the shard's row could not be read
  };
  [[nodiscard]] Result<void> check_block(Walk& walk, Index first, const Location& at,
                                         rocksdb::WriteBatch& fixes);
  [[nodiscard]] Result<void> end_of(const Walk& walk, rocksdb::WriteBatch& fixes);
  [[nodiscard]] Result<Walk> walk_of(ShardId id);
  [[nodiscard]] Result<Index> end_of_block(const Location& at, Index first) const;
  void lost(ShardId id, Index from, Index to, const std::string& why);

  [[nodiscard]] Result<void> write(rocksdb::WriteBatch& batch, std::size_t from);

  rocksdb::DB& db_;
  const Database::Families& families_;
  const LogChain& chain_;
  const Snapshot& snapshot_;
  const std::set<std::uint64_t>& dropped_;
  Repaired& out_;
  std::set<ShardId> seen_;
};

}  // namespace millrace::storage
