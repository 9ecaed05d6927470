// Reading the log. What the tail cache holds is answered on the caller's thread; the rest blocks. What is
// damaged is passed over, and noted as lost.
#pragma once

#include <optional>

#include "storage/local/tail.h"
#include "storage/losses.h"

namespace millrace::storage {

// Safe from any thread, also while the shard is appended to or trimmed.
class Reader {
 public:
  Reader(const Database& database, Losses& losses, Probes& probes);

  // Nothing when the tail cache does not hold what is asked for.
  [[nodiscard]] std::optional<Records> read_cached(Shard& shard, Index from, ReadLimit limit) const;
  // Blocks.
  [[nodiscard]] Result<Records> read(Shard& shard, Index from, ReadLimit limit) const;

  // As above.
  [[nodiscard]] std::optional<Index> find_cached(Shard& shard, Time time) const;
  [[nodiscard]] Result<Index> find(Shard& shard, Time time) const;

 private:
  // The damaged records that are at the place, as they are between trim point and end.
  struct Damage {
    Index first, next;
  };
  [[nodiscard]] Damage note(Shard& shard, const BlockLookup& place) const;
  [[nodiscard]] Result<Index> search(Shard& shard, Index low, Index high, Time time) const;

  const Database& database_;
  Losses& losses_;
  Counter& hits_;
  Counter& misses_;
};

}  // namespace millrace::storage
