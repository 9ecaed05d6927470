#include "storage/local/index/block_check.h"

#include <algorithm>

#include "storage/local/index/keys.h"

namespace millrace::storage {
namespace {

constexpr std::size_t kBatchBytes = 1 << 20;

std::string name_of(ShardId id) {
  return "stream number " + std::to_string(id.stream) + ", shard " + std::to_string(id.shard);
}

}  // namespace

Result<ShardState> shard_state(rocksdb::DB& db, const Database::Families& families, ShardId id,
                               bool& damaged) {
  ShardState state;
  std::string row;
  const rocksdb::Status s = db.Get({}, families.meta, shard_key(id), &row);
  if (!s.ok() && !s.IsNotFound()) return to_error(s);
  damaged = s.ok() && !parse_shard_row(row, state);
  return damaged ? ShardState() : state;
}

Result<void> BlockCheck::write(rocksdb::WriteBatch& batch, std::size_t from) {
  if (batch.Count() == 0 || batch.GetDataSize() < from) return {};
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  const rocksdb::Status s = db_.Write(o, &batch);
  batch.Clear();
  if (!s.ok()) return to_error(s);
  return {};
}

void BlockCheck::lost(ShardId id, Index from, Index to, const std::string& why) {
  if (from >= to) return;
  out_.lost.push_back(name_of(id) + ": records " + std::to_string(from.value) + " to " +
                      std::to_string(to.value - 1) + " (" + why + ")");
}

Result<void> BlockCheck::run() {
  rocksdb::ReadOptions o;
  o.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(o, families_.log));
  rocksdb::WriteBatch fixes;
  std::optional<Walk> walk;
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    const auto at = Location::parse(it->value().ToStringView());
    if (key.size() != kLogKeyBytes || !at) return Error{Errc::corrupt, "a row of the index is malformed"};
    const ShardId id = shard_of(key);
    if (!walk || walk->id != id) {
      if (walk)
        if (Result<void> ended = end_of(*walk, fixes); !ended) return ended;
      Result<Walk> begun = walk_of(id);
      if (!begun) return begun.error();
      walk = std::move(*begun);
    }
    if (Result<void> done = check_block(*walk, {get_u64(key, kShardPrefixBytes)}, *at, fixes); !done)
      return done;
    if (Result<void> written = write(fixes, kBatchBytes); !written) return written;
  }
  if (!it->status().ok()) return to_error(it->status());
  if (walk)
    if (Result<void> ended = end_of(*walk, fixes); !ended) return ended;
  for (const auto& [id, newest] : snapshot_.newest) {
    if (seen_.contains(id) || dropped_.contains(id.stream)) continue;
    const Result<Walk> begun = walk_of(id);
    if (!begun) return begun.error();
    if (Result<void> ended = end_of(*begun, fixes); !ended) return ended;
  }
  return write(fixes, 0);
}

Result<BlockCheck::Walk> BlockCheck::walk_of(ShardId id) {
  bool damaged = false;
  const Result<ShardState> state = shard_state(db_, families_, id, damaged);
  if (!state) return state.error();
  if (damaged)
    out_.lost.push_back(name_of(id) +
                        ": the row of the shard is damaged; it is not known whether the shard was closed and "
                        "which records were retained");
  return Walk{id, *state, state->trim, {}, {}, {}, false, damaged};
}

Result<void> BlockCheck::check_block(Walk& walk, Index first, const Location& at,
                                     rocksdb::WriteBatch& fixes) {
  const std::optional<Block> block = chain_.read(at);
  if (walk.at && first < walk.next && walk.next > walk.state.trim) {
    const auto order = [](const Location& l) { return std::pair(l.segment, l.offset); };
    const bool refused = order(at) < order(*walk.at);
    fixes.Delete(families_.log, log_key(walk.id, refused ? first : walk.first));
    if (refused) return {};
  }
  lost(walk.id, std::max(walk.next, walk.state.trim), first, "no segment contains their blocks");
  walk.at = at;
  walk.first = first;
  walk.damaged = !block;
  if (walk.damaged) {
    // Without its row a reader goes on behind it.
    fixes.Delete(families_.log, log_key(walk.id, first));
    const Result<Index> next = end_of_block(at, first);
    if (!next) return next.error();
    lost(walk.id, std::max(first, walk.state.trim), *next, "their block is damaged");
    walk.next = *next;
    return {};
  }
  walk.next = block->next();
  ++out_.blocks;
  out_.records += block->next().value - std::max(block->first(), std::min(walk.state.trim, walk.next)).value;
  out_.bytes += at.size;
  if (const std::int64_t second = second_of(block->arrival()); walk.second != second) {
    fixes.Put(families_.times, time_key(walk.id, second), index_value(first));
    walk.second = second;
  }
  return {};
}

// Behind its last record, as the table of its frame says.
Result<Index> BlockCheck::end_of_block(const Location& at, Index first) const {
  Index next = first + 1;
  const auto each = [&](const ReadFrame& frame) -> Result<void> {
    for (std::size_t i = 0; i < frame.locations.size(); ++i)
      if (frame.locations[i] == at) next = frame.head.blocks[i].next();
    return {};
  };
  std::vector<std::string> known;
  for (const LogChain::Link& link : chain_.links())
    if (link.number == at.segment)
      if (Result<void> read = chain_.frames(link, 0, each, known); !read) return read.error();
  return next;
}

// A shard never gives out an index again, whatever was lost.
Result<void> BlockCheck::end_of(const Walk& walk, rocksdb::WriteBatch& fixes) {
  seen_.insert(walk.id);
  ++out_.shards;
  Index known = walk.state.next;
  if (const auto newest = snapshot_.newest.find(walk.id); newest != snapshot_.newest.end())
    known = std::max(known, newest->second + 1);
  if (known <= walk.next && !walk.damaged && !walk.bad_row) return {};
  lost(walk.id, std::max(walk.next, walk.state.trim), known, "no segment contains their blocks");
  ShardState state = walk.state;
  state.next = std::max(known, walk.next);
  fixes.Put(families_.meta, shard_key(walk.id), shard_row(state));
  return {};
}

}  // namespace millrace::storage
