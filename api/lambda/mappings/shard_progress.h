// Which records of a shard are settled, where several lanes share them by their keys. Pure.
#pragma once

#include <string_view>

#include "api/lambda/mappings/mapping.h"

namespace millrace::lambda {

// What spreads keys over lanes: lane = hash modulo the number of lanes. Kept in checkpoints: never changed.
[[nodiscard]] std::uint64_t key_hash(std::string_view partition_key);

class ShardProgress {
 public:
  // Goes on from what was kept, with `lanes` lanes, which may be other than before: so many may differ that a
  // key has another lane now, whose former one went further.
  ShardProgress(Checkpoint kept, std::size_t lanes) : kept_(std::move(kept)), lanes_(lanes) {}

  [[nodiscard]] std::size_t lane_of(std::uint64_t hash) const { return hash % lanes_; }
  // Whether former lanes settled the record at `index`, though it does not stand before `next`.
  [[nodiscard]] bool settled(storage::Index index, std::uint64_t hash) const;
  // Whether nothing of the kind is left to look for from `next` on.
  [[nodiscard]] bool none_ahead(storage::Index next) const;

  // What is to be kept when each lane has settled all of its records that stand before its position.
  [[nodiscard]] Checkpoint at(const LanePositions& positions) const;

 private:
  Checkpoint kept_;
  std::size_t lanes_;
};

}  // namespace millrace::lambda
