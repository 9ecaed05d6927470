// Blocks of the log as the database holds them.
#pragma once

#include <optional>

#include "storage/records.h"
#include "storage/rocksdb/database.h"
#include "storage/rocksdb/keys.h"

namespace millrace::storage {

// Where the block that begins at `first` is.
[[nodiscard]] Result<std::optional<Location>> location_of(const Database& database, ShardId shard,
                                                          Index first);

// The block that begins at `first`.
[[nodiscard]] Result<std::optional<Block>> block_at(const Database& database, ShardId shard, Index first);

// The last block that begins at `index` or before.
[[nodiscard]] Result<std::optional<Block>> block_holding(const Database& database, ShardId shard,
                                                         Index index);

// The first block that begins at `index` or later.
[[nodiscard]] Result<std::optional<Block>> block_from(const Database& database, ShardId shard, Index index);

// What the times family knows of `time`: the first index of the newest block that begins a second not after
// it, and of the oldest that begins a later one.
struct Around {
  std::optional<Index> same_second, later;
};
[[nodiscard]] Result<Around> around(const Database& database, ShardId shard, Time time);

// The shard's row and last block; a state that does not exist() when there is neither.
[[nodiscard]] Result<ShardState> load_state(const Database& database, ShardId shard);

}  // namespace millrace::storage
