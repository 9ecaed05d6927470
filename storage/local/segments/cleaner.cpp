#include "storage/local/segments/cleaner.h"

#include <algorithm>

#include "storage/local/commit_and_wait.h"

namespace millrace::storage {
namespace {

// What one change moves.
constexpr std::size_t kMoveBytes = 4 << 20;

}  // namespace

void Cleaner::pass(Committer& committer, const std::atomic<bool>& stop) {
  Segments& segments = database_.segments();
  bool flushed = false;
  trims_.clear();
  // First those in which nothing is live: on a disk that is full, the others are moved into their space.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> in_order;
  for (const std::uint64_t number : segments.left()) {
    if (stop) return;
    const auto live = live_bytes(number, committer);
    if (!live) continue;
    const auto damaged = damaged_.find(number);
    const bool as_before = damaged != damaged_.end() && damaged->second == *live;
    if (!as_before && (damaged != damaged_.end() || *live * 2 < segments.size_of(number)))
      in_order.emplace_back(number, *live);
  }
  std::stable_partition(in_order.begin(), in_order.end(), [](const auto& s) { return s.second == 0; });
  for (const auto& [number, live] : in_order) {
    if (stop) return;
    // A start would read it again for what the database does not have in its files.
    if (number >= database_.first_needed_segment()) {
      if (!flushed) database_.flush();
      flushed = true;
      if (number >= database_.first_needed_segment()) continue;
    }
    if (!is_covered(number)) continue;
    const Moved moved = live > 0 ? move_live(number, committer, stop) : Moved::all;
    if (moved == Moved::readable) damaged_[number] = live;
    if (moved != Moved::all || !forget(number, committer)) continue;
    damaged_.erase(number);
    segments.remove(number);
  }
}

std::optional<SegmentContents> Cleaner::contents(std::uint64_t number, Committer& committer) {
  {
    const Database::Access db = database_.access();
    if (!db) return {};
    std::string row;
    if (db->Get({}, db.families().meta, segment_key(number), &row).ok()) return SegmentContents::parse(row);
  }
  auto found = database_.segments().contents(number);
  if (!found) return {};
  if (!found->whole) return std::move(*found);
  // The server was stopped, or a write failed, before the segment's row was written.
  const auto write = [number, row = found->bytes()](rocksdb::WriteBatch& batch,
                                                    const Database::Families& families) {
    batch.Put(families.meta, segment_key(number), row);
  };
  (void)commit_and_wait(committer, [&](auto done) {
    return std::make_unique<Housekeeping>(write, Sync::lazy, std::move(done));
  });
  return std::move(*found);
}

bool Cleaner::is_live(ShardId id, Index next) {
  const auto known = trims_.find(id);
  if (known != trims_.end()) return next > known->second;
  const auto shard = shards_.get(id);
  if (!shard) return true;  // cannot be told now
  const std::lock_guard lock((*shard)->mutex);
  const Index trim = (*shard)->state.exists() ? (*shard)->state.trim : kMaxIndex;
  trims_.emplace(id, trim);
  return next > trim;
}

bool Cleaner::is_live(const LogRow& row) {
  const auto behind = row_from(database_, row.shard, row.first + 1);
  return is_live(row.shard, behind && *behind ? (*behind)->first : kMaxIndex);
}

std::optional<std::uint64_t> Cleaner::live_bytes(std::uint64_t number, Committer& committer) {
  const auto held = contents(number, committer);
  if (!held) return {};
  std::uint64_t bytes = 0;
  for (const auto& [shard, of] : held->shards)
    if (is_live(shard, of.next)) bytes += of.bytes;
  if (held->whole) return bytes;
  // Whatever else the index says to be there is looked at.
  const auto rest = rows_of_segment(database_, number, [&](const LogRow& row) {
    const auto known = held->shards.find(row.shard);
    if ((known == held->shards.end() || known->second.next <= row.first) && is_live(row))
      bytes += row.at->size;
  });
  return rest ? std::optional(bytes) : std::nullopt;
}

bool Cleaner::is_elsewhere(ShardId id, Index index) {
  const auto shard = shards_.get(id);
  if (!shard) return false;
  {
    const std::lock_guard lock((*shard)->mutex);
    if (index >= (*shard)->state.next) return true;
  }
  const auto place = look_up_block(database_, id, index);
  return place && place->block;
}

Cleaner::Moved Cleaner::move_live(std::uint64_t number, Committer& committer, const std::atomic<bool>& stop) {
  std::vector<Move::Item> items;
  std::size_t bytes = 0;
  bool failed = false, damaged = false;
  const auto commit = [&] {
    if (items.empty() || failed) return;
    failed = !commit_and_wait(committer, [&](auto done) {
      return std::make_unique<Move>(database_, std::exchange(items, {}), std::move(done));
    });
    bytes = 0;
  };
  // `next`: behind the block's records, as far as that is known.
  const auto move = [&](ShardId shard, Index first, Index next, const Location& at) {
    // The records of a shard whose row cannot be read stay where a repair finds them.
    if (const auto known = shards_.get(shard); !known) {
      (known.error().code == Errc::corrupt ? damaged : failed) = true;
      return;
    }
    auto block = database_.segments().read(at);
    if (!block && block.error().code == Errc::corrupt) {
      damaged = true;
      losses_.add({shard, first, next, Loss::Cause::block, block.error().detail});
    } else if (!block || !*block) {
      failed = true;
    } else {
      bytes += at.size;
      items.push_back({shard, std::move(**block), at});
      if (bytes >= kMoveBytes) commit();
    }
  };
  const auto each = [&](const ReadFrame& frame) {
    for (std::size_t i = 0; i < frame.locations.size() && !failed && !stop; ++i) {
      const FrameHead::Entry& entry = frame.head.blocks[i];
      if (!is_live(entry.shard, entry.next())) continue;
      const auto now = location_of(database_, entry.shard, entry.first);
      if (!now && now.error().code != Errc::corrupt) failed = true;
      if (!now || !*now) damaged = damaged || !is_elsewhere(entry.shard, entry.first);
      if (!now || *now != frame.locations[i]) continue;  // it was moved already
      move(entry.shard, std::max(entry.first, trims_[entry.shard]), entry.next(), frame.locations[i]);
    }
  };
  const auto whole = database_.segments().frames(number, each);
  commit();
  if (whole && !failed && !stop && !*whole) {
    // What frames cannot be read held, the index may know.
    const auto rest = rows_of_segment(database_, number, [&](const LogRow& row) {
      if (!failed && !stop && is_live(row)) move(row.shard, row.first, row.first + 1, *row.at);
    });
    failed = failed || !rest;
    commit();
  }
  if (!whole || failed || stop) return Moved::not_now;
  return damaged ? Moved::readable : Moved::all;
}

// A disk that is full needs the space more.
bool Cleaner::is_covered(std::uint64_t number) {
  return number < snapshots_.first_needed_segment() ||
         (snapshots_.take() && number < snapshots_.first_needed_segment()) || snapshots_.out_of_room();
}

// On disk before the file goes: so are then the moves, and that rows were deleted.
bool Cleaner::forget(std::uint64_t number, Committer& committer) {
  const auto write = [number](rocksdb::WriteBatch& batch, const Database::Families& families) {
    batch.Delete(families.meta, segment_key(number));
  };
  return commit_and_wait(committer, [&](auto done) {
    return std::make_unique<Housekeeping>(write, Sync::durable, std::move(done));
  });
}

}  // namespace millrace::storage
