// Reading the log. What the tail cache holds is answered on the caller's thread; the rest blocks.
#pragma once

#include <optional>

#include "storage/rocksdb/tail.h"

namespace millrace::storage {

// Safe from any thread, also while the shard is appended to or trimmed.
class Reader {
 public:
  Reader(const Database& database, Probes& probes);

  // Nothing when the tail cache does not hold what is asked for.
  [[nodiscard]] std::optional<Records> read_cached(Shard& shard, Index from, ReadLimit limit) const;
  // Blocks.
  [[nodiscard]] Result<Records> read(Shard& shard, Index from, ReadLimit limit) const;

  // As above.
  [[nodiscard]] std::optional<Index> find_cached(Shard& shard, Time time) const;
  [[nodiscard]] Result<Index> find(Shard& shard, Time time) const;

 private:
  [[nodiscard]] Result<std::optional<Block>> block_with(Shard& shard, Index index) const;

  const Database& database_;
  Counter& hits_;
  Counter& misses_;
};

}  // namespace millrace::storage
