#include "storage/local/reader.h"

#include <algorithm>

namespace millrace::storage {
namespace {

// How many damaged stretches one call passes over: each costs a read of the disk, which may take its time.
constexpr int kDamagesACall = 64;

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

// Leaves out the blocks that arrived earlier.
void skip_older(Records& records, std::vector<Block>& blocks, Time not_before) {
  const auto first =
      std::find_if(blocks.begin(), blocks.end(), [&](const Block& b) { return b.arrival() >= not_before; });
  if (first == blocks.begin()) return;
  records.set_next(std::prev(first)->next());
  records.set_next_arrival(std::prev(first)->arrival());  // at the earliest, if all are left out
  blocks.erase(blocks.begin(), first);
}

// False when a limit was reached.
bool take_all(Records& records, const std::vector<Block>& blocks, ReadLimit limit) {
  return std::all_of(blocks.begin(), blocks.end(), [&](const Block& b) {
    return records.take(b, records.next(), limit.records, limit.bytes);
  });
}

}  // namespace

Reader::Reader(const Database& database, Losses& losses, Probes& probes)
    : database_(database),
      losses_(losses),
      hits_(probes.counter("millrace_tail_cache_hits_total", "Reads answered from the tail cache")),
      misses_(probes.counter("millrace_tail_cache_misses_total", "Reads answered from disk")) {}

std::optional<Records> Reader::read_cached(Shard& shard, Index from, ReadLimit limit) const {
  View view = look(shard, from, limit);
  Records records = empty_at(from, view.state);
  if (records.next() == records.end()) return records;
  if (!view.cached) return {};
  if (limit.not_before > Time::min()) skip_older(records, view.blocks, limit.not_before);
  take_all(records, view.blocks, limit);
  hits_.add();
  return records;
}

Result<Records> Reader::read(Shard& shard, Index from, ReadLimit limit) const {
  misses_.add();
  if (limit.not_before > Time::min()) {
    const std::optional<Index> cached = find_cached(shard, limit.not_before);
    const Result<Index> start = cached ? *cached : find(shard, limit.not_before);
    if (!start) return start.error();
    from = std::max(from, *start);
  }
  View view = look(shard, from, limit);
  Records records = empty_at(from, view.state);
  const Index end = records.end();
  for (int damages = 0; records.next() < end && damages < kDamagesACall;) {
    if (view.cached) {
      // The cached blocks may go beyond the end as it was first seen: then it is later now.
      if (take_all(records, view.blocks, limit)) records.set_end(std::max(end, records.next()));
      break;
    }
    const Index at = records.next();
    BlockLookup place;
    if (!records.empty()) place.block = block_at(database_, shard.id, at);
    if (!place.block) {
      Result<BlockLookup> found = look_up_block(database_, shard.id, at);
      if (!found && records.empty()) return found.error();
      if (!found) break;
      place = std::move(*found);
    }
    if (place.block) {
      const std::size_t before = records.size();
      const bool whole = records.take(*place.block, at, limit.records, limit.bytes);
      if (!whole && (before > 0 || records.size() > before)) break;
      if (whole) {
        view = look(shard, records.next(), limit);
        continue;
      }
      place = {{}, place.block->first(), place.block->next(), false, "a block does not match its header"};
    }
    view = look(shard, at, limit);
    if (view.cached) continue;
    if (view.state.trim > at) {  // trimmed and its space returned since the state was read
      records.set_next(view.state.trim);
      continue;
    }
    const Damage damage = note(shard, place);
    if (!records.empty()) break;  // what is before it first
    records.set_next(std::max(at + 1, damage.next));
    records.set_next_arrival(view.state.arrival);
    view = look(shard, records.next(), limit);
    ++damages;
  }
  if (records.next() > records.end()) records.set_end(records.next());
  return records;
}

Reader::Damage Reader::note(Shard& shard, const BlockLookup& place) const {
  Damage damage{};
  {
    const std::lock_guard lock(shard.mutex);
    damage = {std::max(place.begin, shard.state.trim), std::min(place.next, shard.state.next)};
  }
  const auto cause = place.in_index ? Loss::Cause::index : Loss::Cause::block;
  losses_.add({shard.id, damage.first, damage.next, cause, place.why});
  return damage;
}

std::optional<Index> Reader::find_cached(Shard& shard, Time time) const {
  const std::lock_guard lock(shard.mutex);
  const ShardState& state = shard.state;
  if (state.trim == state.next || state.arrival < time) return state.next;
  if (time <= shard.oldest) return state.trim;
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
  const Index high = std::clamp(seconds->later.value_or(state.next), state.trim, state.next);
  Result<Index> found = high;
  if (seconds->same_second) {
    found = search(shard, std::max(state.trim, *seconds->same_second), high, time);
  } else if (high > state.trim) {
    // No block began in that second, unless rows are missing: retention must not trim what is younger.
    const auto before = look_up_block(database_, shard.id, {high.value - 1});
    if (!before) return before.error();
    if (!before->block || before->block->arrival() >= time) found = search(shard, state.trim, high, time);
  }
  if (found && *found == state.trim) {
    const std::lock_guard lock(shard.mutex);
    const bool of_later = !seconds->same_second && seconds->later && high == state.trim;
    shard.oldest = std::max({shard.oldest, time, of_later ? seconds->later_from : time});
  }
  return found;
}

// The first index from `low` to `high` whose block arrived at `time` or later. (Blocks that begin before
// `low` arrived too early or are trimmed, those from `high` on late enough; the block that holds the trim
// point begins before it, and is asked for by it.)
Result<Index> Reader::search(Shard& shard, Index low, Index high, Time time) const {
  const Index lowest = low, highest = high;
  while (low < high) {
    const Index middle{low.value + (high.value - low.value) / 2};
    auto place = look_up_block(database_, shard.id, middle);
    if (!place) return place.error();
    Index begin = place->block ? place->block->first() : place->begin;
    // When damaged records arrived, the first ones behind them tell.
    for (int i = 0; !place->block && i < kDamagesACall; ++i) {
      const Index behind = note(shard, *place).next;
      if (behind >= high) break;
      place = look_up_block(database_, shard.id, behind);
      if (!place) return place.error();
    }
    if (place->block && place->block->arrival() < time)
      low = std::max(low + 1, place->block->next());
    else
      high = std::min(middle, begin);
  }
  return std::clamp(low, lowest, highest);
}

}  // namespace millrace::storage
