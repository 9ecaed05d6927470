#include "api/kinesis/reshard.h"

#include <algorithm>
#include <cassert>

namespace millrace::kinesis {

namespace {

Shard& shard_at(Stream& stream, std::uint32_t number) {
  const auto at = std::find_if(stream.shards.begin(), stream.shards.end(),
                               [&](const Shard& s) { return s.number == number; });
  assert(at != stream.shards.end() && !at->closed_s);
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
  for (const Shard& range : wanted) {
    if (range.start == 0) continue;
    for (const Shard& s : open_by_range(stream))
      if (s.start < range.start && range.start <= s.end) split(stream, s.number, range.start, now_s);
  }
  merge_to(stream, wanted, now_s);
}

void grow(Stream& stream, std::uint32_t count, std::uint64_t now_s) {
  for (std::vector<Shard> open = open_by_range(stream); open.size() < count; open = open_by_range(stream)) {
    const auto widest = std::max_element(open.begin(), open.end(), [](const Shard& a, const Shard& b) {
      return a.end - a.start < b.end - b.start;
    });
    if (widest->end == widest->start) return;
    split(stream, widest->number, widest->start + (widest->end - widest->start) / 2 + 1, now_s);
  }
}

void apply(Stream& stream, const Change& change, std::uint64_t now_s) {
  switch (change.kind) {
    case Change::Kind::split:
      return split(stream, change.shard, change.key, now_s);
    case Change::Kind::merge:
      return merge(stream, change.shard, change.adjacent, now_s);
    case Change::Kind::scale:
      return scale(stream, change.count, now_s);
    case Change::Kind::grow:
      return grow(stream, change.count, now_s);
    case Change::Kind::settings:
      return;
  }
}

}  // namespace millrace::kinesis
