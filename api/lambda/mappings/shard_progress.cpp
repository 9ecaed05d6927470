#include "api/lambda/mappings/shard_progress.h"

#include <algorithm>

#include "api/core/md5_many.h"

namespace millrace::lambda {

std::uint64_t key_hash(std::string_view partition_key) {
  const Md5Digest digest = md5(partition_key);
  std::uint64_t out = 0;
  for (std::size_t i = 8; i < digest.size(); ++i) out = out << 8 | digest[i];
  return out;
}

bool ShardProgress::settled(storage::Index index, std::uint64_t hash) const {
  return std::any_of(kept_.ahead.begin(), kept_.ahead.end(),
                     [&](const LanePositions& lanes) { return index < lanes[hash % lanes.size()]; });
}

bool ShardProgress::none_ahead(storage::Index next) const {
  return std::all_of(kept_.ahead.begin(), kept_.ahead.end(), [&](const LanePositions& lanes) {
    return std::all_of(lanes.begin(), lanes.end(), [&](storage::Index at) { return at <= next; });
  });
}

Checkpoint ShardProgress::at(const LanePositions& positions) const {
  Checkpoint out{kept_.stream, *std::min_element(positions.begin(), positions.end())};
  const auto ahead = [&](storage::Index at) { return at > out.next; };
  LanePositions now = positions;
  for (const LanePositions& former : kept_.ahead) {
    if (former.size() == now.size())  // the same lanes: one list says what both do
      for (std::size_t i = 0; i < now.size(); ++i) now[i] = std::max(now[i], former[i]);
    else if (std::any_of(former.begin(), former.end(), ahead))
      out.ahead.push_back(former);
  }
  if (std::any_of(now.begin(), now.end(), ahead)) out.ahead.push_back(std::move(now));
  return out;
}

}  // namespace millrace::lambda
