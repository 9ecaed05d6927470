#include "storage/rocksdb/reader.h"

#include <algorithm>

namespace millrace::storage {
namespace {

struct View {
  ShardState state;
  std::vector<Block> blocks;  // from the tail cache, those that the limit can reach
  bool cached = false;        // the first of them holds the index
};

// The state and the cached blocks from `from` on, both of one moment. Records are counted outside of the
// lock.
View look(Shard& shard, Index from, ReadLimit limit) {
  View view;
  const std::lock_guard lock(shard.mutex);
  view.state = shard.state;
  const Index start = std::max(from, shard.state.trim);
  if (start >= shard.state.next || shard.tail.empty() || start < shard.tail.front().first()) return view;
  view.cached = true;
  auto at = std::upper_bound(shard.tail.begin(), shard.tail.end(), start,
                             [](Index i, const Block& b) { return i < b.first(); });
  std::uint64_t bytes = 0, records = 0;
  for (--at; at != shard.tail.end(); ++at) {
    view.blocks.push_back(*at);
    // One block more than fills the limit: it tells when the first record that is left arrived.
    if (bytes > limit.bytes || records > limit.records) break;
    const std::uint64_t skipped = start > at->first() ? start.value - at->first().value : 0;
    if (skipped > 0) continue;  // how many bytes it adds is not known
    records += at->count();
    bytes += at->bytes.size() - kBlockHeaderBytes - std::uint64_t{kRecordHeaderBytes} * at->count();
  }
  return view;
}

Records empty_at(Index from, const ShardState& state) {
  Records records(std::max(from, state.trim));
  records.set_end(std::max(records.next(), state.next));
  return records;
}

// False when a limit was reached.
bool take_all(Records& records, const std::vector<Block>& blocks, ReadLimit limit) {
  return std::all_of(blocks.begin(), blocks.end(), [&](const Block& b) {
    return records.take(b, records.next(), limit.records, limit.bytes);
  });
}

}  // namespace

Reader::Reader(const Database& database, Probes& probes)
    : database_(database),
      hits_(probes.counter("millrace_tail_cache_hits_total", "Reads that the tail cache answered.")),
      misses_(probes.counter("millrace_tail_cache_misses_total", "Reads that went to the database.")) {}

std::optional<Records> Reader::read_cached(Shard& shard, Index from, ReadLimit limit) const {
  const View view = look(shard, from, limit);
  Records records = empty_at(from, view.state);
  if (records.next() == records.end()) return records;
  if (!view.cached) return {};
  take_all(records, view.blocks, limit);
  hits_.add();
  return records;
}

Result<Records> Reader::read(Shard& shard, Index from, ReadLimit limit) const {
  misses_.add();
  View view = look(shard, from, limit);
  Records records = empty_at(from, view.state);
  const Index end = records.end();
  while (records.next() < end) {
    if (view.cached) {
      // The cached blocks may go beyond the end as it was first seen: then it is later now.
      if (take_all(records, view.blocks, limit)) records.set_end(std::max(end, records.next()));
      break;
    }
    const Index at = records.next();
    auto block = records.empty() ? block_with(shard, at) : block_at(database_, shard.id, at);
    if (block && !*block) block = block_with(shard, at);
    if (!block) return block.error();
    if (!*block || (*block)->first() > at) {
      // Trimmed and its space returned since the state was read; if not, it is lost.
      view = look(shard, at, limit);
      if (view.state.trim <= at && !view.cached) {
        if (!*block) return Error{Errc::corrupt, "a block is missing"};
        records.set_next((*block)->first());
        continue;
      }
      records.set_next(std::max(at, view.state.trim));
      continue;
    }
    const std::size_t before = records.size();
    const bool whole = records.take(**block, at, limit.records, limit.bytes);
    if (!whole && records.size() == before && before == 0) {
      return Error{Errc::corrupt, "a block does not hold what its header says"};
    }
    if (!whole) break;
    view = look(shard, records.next(), limit);
  }
  if (records.next() > records.end()) records.set_end(records.next());
  return records;
}

// The block that holds `index`, or the first one behind it.
Result<std::optional<Block>> Reader::block_with(Shard& shard, Index index) const {
  auto block = block_holding(database_, shard.id, index);
  if (!block || (*block && (*block)->next() > index)) return block;
  return block_from(database_, shard.id, index);
}

std::optional<Index> Reader::find_cached(Shard& shard, Time time) const {
  const std::lock_guard lock(shard.mutex);
  const ShardState& state = shard.state;
  if (state.trim == state.next || state.arrival < time) return state.next;
  if (shard.tail.empty() || shard.tail.front().arrival() >= time) return {};
  const auto at = std::partition_point(shard.tail.begin(), shard.tail.end(),
                                       [&](const Block& b) { return b.arrival() < time; });
  return std::max(state.trim, at == shard.tail.end() ? state.next : at->first());
}

Result<Index> Reader::find(Shard& shard, Time time) const {
  ShardState state;
  {
    const std::lock_guard lock(shard.mutex);
    state = shard.state;
  }
  if (state.trim == state.next || state.arrival < time) return state.next;
  const Result<Around> seconds = around(database_, shard.id, time);
  if (!seconds) return seconds.error();
  Index high = std::max(state.trim, seconds->later.value_or(state.next));
  if (!seconds->same_second) return high;
  Index low = std::max(state.trim, *seconds->same_second);
  // Blocks that begin before `low` arrived too early or are trimmed, those from `high` on late enough. (The
  // block that holds the trim point begins before it, and is asked for by it.)
  while (low < high) {
    const Index middle{low.value + (high.value - low.value) / 2};
    const auto block = block_with(shard, middle);
    if (!block) return block.error();
    if (!*block || (*block)->first() >= high) {
      high = middle;
    } else if ((*block)->arrival() < time) {
      low = (*block)->next();
    } else {
      high = std::min(middle, (*block)->first());
    }
  }
  return std::clamp(low, state.trim, state.next);
}

}  // namespace millrace::storage
