#include "storage/rocksdb/cleaner.h"

#include "storage/rocksdb/commit_and_wait.h"

namespace millrace::storage {
namespace {

// What one change moves.
constexpr std::size_t kMoveBytes = 4 << 20;

}  // namespace

void Cleaner::pass(Committer& committer, const std::atomic<bool>& stop) {
  Segments& segments = database_.segments();
  bool flushed = false;
  trims_.clear();
  for (const std::uint64_t number : segments.left()) {
    if (stop) return;
    const auto live = live_bytes(number, committer);
    if (!live) continue;
    const std::uint64_t size = segments.size_of(number);
    if (*live * 2 >= size) continue;
    // A start would read it again for what the database does not have in its files.
    if (number >= database_.first_needed_segment()) {
      if (!flushed) database_.flush();
      flushed = true;
      if (number >= database_.first_needed_segment()) continue;
    }
    if (*live > 0 && !move_live(number, committer, stop)) continue;
    if (forget(number, committer)) segments.remove(number);
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

std::optional<std::uint64_t> Cleaner::live_bytes(std::uint64_t number, Committer& committer) {
  const auto held = contents(number, committer);
  if (!held) return {};
  std::uint64_t bytes = 0;
  for (const auto& [shard, of] : held->shards)
    if (is_live(shard, of.next)) bytes += of.bytes;
  return bytes;
}

bool Cleaner::move_live(std::uint64_t number, Committer& committer, const std::atomic<bool>& stop) {
  std::vector<Move::Item> items;
  std::size_t bytes = 0;
  bool moved = true;
  const auto commit = [&] {
    if (items.empty() || !moved) return;
    moved = commit_and_wait(committer, [&](auto done) {
      return std::make_unique<Move>(database_, std::exchange(items, {}), std::move(done));
    });
    bytes = 0;
  };
  const auto each = [&](const ReadFrame& frame) {
    for (std::size_t i = 0; i < frame.locations.size() && moved && !stop; ++i) {
      const FrameHead::Entry& entry = frame.head.blocks[i];
      if (!is_live(entry.shard, entry.next())) continue;
      const auto now = location_of(database_, entry.shard, entry.first);
      if (now && *now != frame.locations[i]) continue;  // it was moved already
      auto block = database_.segments().read(frame.locations[i]);
      if (!now || !block || !*block) {
        moved = false;
        return;
      }
      bytes += entry.size;
      items.push_back({entry.shard, std::move(**block), frame.locations[i]});
      if (bytes >= kMoveBytes) commit();
    }
  };
  const auto read = database_.segments().frames(number, each);
  commit();
  return read.has_value() && moved && !stop;
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
