// Blocks of the log as the database holds them.
#pragma once

#include <functional>
#include <optional>

#include "storage/local/index/database.h"
#include "storage/local/index/keys.h"
#include "storage/records.h"

namespace millrace::storage {

// A row of the index: where the block that begins at `first` is, or nothing when the row is damaged.
struct LogRow {
  ShardId shard;
  Index first;
  std::optional<Location> at;
};

// The last row of the shard at `index` or before; nothing when there is none. `damaged` is set when the index
// could not be read there.
[[nodiscard]] Result<std::optional<LogRow>> row_holding(const Database& database, ShardId shard, Index index,
                                                        bool& damaged);
// The first row at `index` or later that can be read; nothing when there is none.
[[nodiscard]] Result<std::optional<LogRow>> row_from(const Database& database, ShardId shard, Index index);
// Calls `each` for each row of the index whose block is in a segment. Reads the whole index.
[[nodiscard]] Result<void> rows_of_segment(const Database& database, std::uint64_t segment,
                                           const std::function<void(const LogRow&)>& each);

// Where the block that begins at `first` is.
[[nodiscard]] Result<std::optional<Location>> location_of(const Database& database, ShardId shard,
                                                          Index first);

// What is at an index of the log: the block that holds it; or, if that cannot be read, how far nothing can.
// (Or the records were trimmed meanwhile: whoever asked looks at the shard's state again.)
struct BlockLookup {
  std::optional<Block> block;
  Index begin, next;  // without a block: of the records that cannot be read; kMaxIndex: no block is behind
  bool in_index = false;  // without a block: the index has no row for them, or a damaged one
  std::string why;
};
// Errors: io, after a second try.
[[nodiscard]] Result<BlockLookup> look_up_block(const Database& database, ShardId shard, Index index);

// The block that begins at `first`, if it can be read; the usual way from one block to the next.
[[nodiscard]] std::optional<Block> block_at(const Database& database, ShardId shard, Index first);

// What the times family knows of `time`: the first index of the newest block that begins a second not after
// it, and of the oldest that begins a later one, with that second. Where the family is damaged: that all
// blocks are to be looked at.
struct Around {
  std::optional<Index> same_second, later;
  Time later_from{};
};
[[nodiscard]] Result<Around> around(const Database& database, ShardId shard, Time time);

// The shard's row and last block; a state that does not exist() when there is neither. Where the last block
// is damaged or its row is missing, the shard ends where the segments say, or behind any index that it can
// have had. Errors: corrupt when the shard's row cannot be read, io.
[[nodiscard]] Result<ShardState> load_state(const Database& database, ShardId shard);

}  // namespace millrace::storage
