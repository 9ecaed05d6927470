#include "api/kinesis/reshard.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <queue>

namespace millrace::kinesis {

namespace {

Shard& shard_at(Stream& stream, std::uint32_t number) {
  const auto at = std::lower_bound(stream.shards.begin(), stream.shards.end(), number,
                                   [](const Shard& s, std::uint32_t n) { return s.number < n; });
  assert(at != stream.shards.end() && at->number == number && !at->closed_s);
  return *at;
}

Shard child_of(const Shard& parent, HashKey start, HashKey end) {
  Shard child;
  child.start = start;
  child.end = end;
  child.parent = parent.number;
  child.created_s = *parent.closed_s + 1;
  return child;
}

// A shard that began in the future, as children do, ends no earlier.
void close(Shard& shard, std::uint64_t now_s) { shard.closed_s = std::max(now_s, shard.created_s); }

// Numbers are never used again: the last shard is open, or has children with higher ones.
std::uint32_t add(Stream& stream, Shard shard) {
  shard.number = stream.shards.back().number + 1;
  stream.shards.push_back(shard);
  return shard.number;
}

std::vector<Shard> open_by_range(const Stream& stream) {
  std::vector<Shard> open;
  std::copy_if(stream.shards.begin(), stream.shards.end(), std::back_inserter(open),
               [](const Shard& s) { return !s.closed_s; });
  std::sort(open.begin(), open.end(), [](const Shard& a, const Shard& b) { return a.start < b.start; });
  return open;
}

// Merges neighbours in pairs until each of the wanted ranges is one shard.
void merge_to(Stream& stream, const std::vector<Shard>& wanted, std::uint64_t now_s) {
  for (bool merged = true; merged;) {
    merged = false;
    const std::vector<Shard> open = open_by_range(stream);
    std::size_t range = 0;
    for (std::size_t i = 0; i + 1 < open.size(); ++i) {
      while (wanted[range].end < open[i].start) ++range;
      if (open[i + 1].end > wanted[range].end) continue;
      merge(stream, open[i].number, open[i + 1].number, now_s);
      merged = true;
      ++i;
    }
  }
}

}  // namespace

bool adjacent(const Shard& first, const Shard& second) {
  return !first.closed_s && !second.closed_s && first.end + 1 == second.start && second.start != 0;
}

void split(Stream& stream, std::uint32_t shard, HashKey key, std::uint64_t now_s) {
  close(shard_at(stream, shard), now_s);
  const Shard parent = *stream.find_shard(shard);
  assert(parent.start < key && key <= parent.end);
  add(stream, child_of(parent, parent.start, key - 1));
  add(stream, child_of(parent, key, parent.end));
}

void merge(Stream& stream, std::uint32_t shard, std::uint32_t next, std::uint64_t now_s) {
  const std::uint64_t end =
      std::max({now_s, shard_at(stream, shard).created_s, shard_at(stream, next).created_s});
  close(shard_at(stream, shard), end);
  close(shard_at(stream, next), end);
  const Shard first = *stream.find_shard(shard), second = *stream.find_shard(next);
  Shard child = child_of(first, first.start, second.end);
  child.adjacent_parent = next;
  add(stream, child);
}

void scale(Stream& stream, std::uint32_t count, std::uint64_t now_s) {
  const std::vector<Shard> wanted = even_shards(count, now_s);
  std::map<HashKey, std::uint32_t> open;  // by where their ranges begin
  for (const Shard& s : open_by_range(stream)) open.emplace(s.start, s.number);
  for (const Shard& range : wanted) {
    const auto at = std::prev(open.upper_bound(range.start));
    if (at->first == range.start) continue;
    split(stream, at->second, range.start, now_s);
    const std::uint32_t last = stream.shards.back().number;
    at->second = last - 1;
    open.emplace(range.start, last);
  }
  merge_to(stream, wanted, now_s);
}

void grow(Stream& stream, std::uint32_t count, std::uint64_t now_s) {
  // Of equal width, the one whose range begins first.
  const auto narrower = [](const Shard& a, const Shard& b) {
    const HashKey width_a = a.end - a.start, width_b = b.end - b.start;
    return width_a != width_b ? width_a < width_b : b.start < a.start;
  };
  std::priority_queue<Shard, std::vector<Shard>, decltype(narrower)> open(narrower, open_by_range(stream));
  while (open.size() < count && open.top().end != open.top().start) {
    const Shard widest = open.top();
    open.pop();
    split(stream, widest.number, widest.start + (widest.end - widest.start) / 2 + 1, now_s);
    open.push(*(stream.shards.end() - 2));
    open.push(stream.shards.back());
  }
}

void apply(Stream& stream, const PendingChange& change, std::uint64_t now_s) {
  switch (change.kind) {
    case PendingChange::Kind::split:
      return split(stream, change.shard, change.key, now_s);
    case PendingChange::Kind::merge:
      return merge(stream, change.shard, change.adjacent, now_s);
    case PendingChange::Kind::scale:
      return scale(stream, change.count, now_s);
    case PendingChange::Kind::grow:
      return grow(stream, change.count, now_s);
    case PendingChange::Kind::settings:
      return;
  }
}

}  // namespace millrace::kinesis
