#include "storage/local/index/blocks.h"

namespace millrace::storage {
namespace {

const Error kNotOpen{Errc::io, "the database is not open"};

// A segment goes when its blocks were moved; whoever read the row before looks again. Bounds nothing but a
// fault of ours: a row that stays the same ends it.
constexpr int kLooks = 100;

// The keys of one shard.
class ShardRange {
 public:
  explicit ShardRange(ShardId shard) : lower_(shard_prefix(shard)), upper_(storage::behind(lower_)) {
    options_.iterate_lower_bound = &lower_slice_;
    if (!upper_.empty()) options_.iterate_upper_bound = &upper_slice_;
  }
  ShardRange(const ShardRange&) = delete;
  [[nodiscard]] const rocksdb::ReadOptions& options() const { return options_; }

 private:
  const std::string lower_, upper_;
  const rocksdb::Slice lower_slice_{lower_}, upper_slice_{upper_};
  rocksdb::ReadOptions options_;
};

LogRow row_at(const rocksdb::Iterator& it) {
  const std::string_view key = it.key().ToStringView();
  if (key.size() != kLogKeyBytes) return {};
  return {shard_of(key), {get_u64(key, kShardPrefixBytes)}, Location::parse(it.value().ToStringView())};
}

}  // namespace

Result<std::optional<Location>> location_of(const Database& database, ShardId shard, Index first) {
  const Database::Access db = database.access();
  if (!db) return kNotOpen;
  rocksdb::PinnableSlice value;
  const rocksdb::Status s = db->Get({}, db.families().log, log_key(shard, first), &value);
  if (s.IsNotFound()) return std::optional<Location>();
  if (!s.ok()) return to_error(s);
  auto at = Location::parse(value.ToStringView());
  if (!at) return Error{Errc::corrupt, "a row of the index is malformed"};
  return at;
}

std::optional<Block> block_at(const Database& database, ShardId shard, Index first) {
  const auto at = location_of(database, shard, first);
  if (!at || !*at) return {};
  auto block = database.segments().read(**at);
  return block ? std::move(*block) : std::nullopt;
}

Result<std::optional<LogRow>> row_holding(const Database& database, ShardId shard, Index index,
                                          bool& damaged) {
  const Database::Access db = database.access();
  if (!db) return kNotOpen;
  const ShardRange range(shard);
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(range.options(), db.families().log));
  it->SeekForPrev(log_key(shard, index));
  damaged = it->status().IsCorruption();
  if (!it->status().ok() && !damaged) return to_error(it->status());
  if (damaged || !it->Valid()) return std::optional<LogRow>();
  return std::optional(row_at(*it));
}

Result<std::optional<LogRow>> row_from(const Database& database, ShardId shard, Index index) {
  const Database::Access db = database.access();
  if (!db) return kNotOpen;
  const ShardRange range(shard);
  std::unique_ptr<rocksdb::Iterator> it;
  const auto damaged_at = [&](std::uint64_t i) {
    // Anew each time: one that met damage reports it at the next place, too.
    it.reset(db->NewIterator(range.options(), db.families().log));
    it->Seek(log_key(shard, {i}));
    return it->status().IsCorruption();
  };
  if (damaged_at(index.value)) {
    // A part of a file holds many rows: the first one behind it.
    std::uint64_t bad = index.value, good = bad, step = 1;
    while (good != kMaxIndex.value) {
      good = kMaxIndex.value - bad > step ? bad + step : kMaxIndex.value;
      if (!damaged_at(good)) break;
      bad = good;
      step *= 2;
    }
    while (good - bad > 1) {
      const std::uint64_t middle = bad + (good - bad) / 2;
      (damaged_at(middle) ? bad : good) = middle;
    }
    if (damaged_at(good)) return std::optional<LogRow>();
  }
  for (; it->Valid(); it->Next())
    if (LogRow row = row_at(*it); row.at) return std::optional(row);
  if (!it->status().ok() && !it->status().IsCorruption()) return to_error(it->status());
  return std::optional<LogRow>();
}

Result<void> rows_of_segment(const Database& database, std::uint64_t segment,
                             const std::function<void(const LogRow&)>& each) {
  std::vector<LogRow> rows;  // so that `each` may have an Access of its own
  {
    const Database::Access db = database.access();
    if (!db) return kNotOpen;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}, db.families().log));
    for (it->SeekToFirst(); it->Valid(); it->Next())
      if (const LogRow row = row_at(*it); row.at && row.at->segment == segment) rows.push_back(row);
    if (!it->status().ok()) return to_error(it->status());
  }
  for (const LogRow& row : rows) each(row);
  return {};
}

namespace {

// Reads the block, a second time where the disk failed: once may be chance.
Result<std::optional<Block>> read_twice(const Segments& segments, const Location& at) {
  auto block = segments.read(at);
  if (block.has_error() && block.error().code == Errc::io) block = segments.read(at);
  return block;
}

}  // namespace

Result<BlockLookup> look_up_block(const Database& database, ShardId shard, Index index) {
  BlockLookup place{{}, index, kMaxIndex, true, "the index has no row"};
  std::optional<LogRow> before;
  for (int i = 0; i < kLooks; ++i) {
    bool damaged = false;
    const auto row = row_holding(database, shard, index, damaged);
    if (!row) return row.error();
    const bool same = *row && before && (*row)->first == before->first && (*row)->at == before->at;
    before = *row;
    if (damaged) place.why = "the index is damaged";
    if (!*row) break;
    place.begin = (*row)->first;
    place.why = "the row of the index is damaged";
    if (!(*row)->at) break;
    auto block = read_twice(database.segments(), *(*row)->at);
    if (block && *block && (*block)->next() > index) {
      place.block = std::move(**block);
      return place;
    }
    if (block && *block) {
      place.begin = (*block)->next();
      place.why = "the index has no row";
      break;
    }
    if (!block && block.error().code != Errc::corrupt) return block.error();
    place.in_index = false;
    place.why =
        block ? "segment " + std::to_string((*row)->at->segment) + " is missing" : block.error().detail;
    if (!block || same) break;
  }
  const auto next = row_from(database, shard, index + 1);
  if (!next) return next.error();
  if (*next) place.next = (*next)->first;
  return place;
}

Result<Around> around(const Database& database, ShardId shard, Time time) {
  const Database::Access db = database.access();
  if (!db) return kNotOpen;
  const ShardRange range(shard);
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(range.options(), db.families().times));
  const std::string key = time_key(shard, second_of(time));
  Around found;
  // Of the row that the iterator is at; false: it is none, or damaged.
  const auto take = [&](std::optional<Index>& index) {
    return parse_index_value(it->value().ToStringView(), index.emplace());
  };
  it->Seek(key);
  bool good = true;
  if (it->Valid() && it->key() == key) {
    good = take(found.same_second);
    it->Next();
  }
  if (good && it->Valid()) {
    good = take(found.later) && it->key().size() == key.size();
    if (good) found.later_from = time_of_key(it->key().ToStringView());
  }
  if (!it->status().ok() && !it->status().IsCorruption()) return to_error(it->status());
  if (!good || !it->status().ok()) return Around{Index{}, {}, time};
  return found;
}

namespace {

// Behind the newest record of the shard that any segment is known to have held.
Index end_in_segments(const Database& database, ShardId shard) {
  Index end;
  for (const std::uint64_t number : database.segments().numbers()) {
    std::optional<SegmentContents> contents;
    if (const Database::Access db = database.access(); db) {
      std::string row;
      if (db->Get({}, db.families().meta, segment_key(number), &row).ok())
        contents = SegmentContents::parse(row);
    }
    if (!contents)
      if (auto found = database.segments().contents(number)) contents = std::move(*found);
    if (!contents) continue;
    const auto of = contents->shards.find(shard);
    if (of != contents->shards.end()) end = std::max(end, of->second.next);
  }
  return end;
}

// The end of the second in which the shard's newest record arrived.
Time latest_second(const Database& database, ShardId shard) {
  const Database::Access db = database.access();
  if (!db) return Time::min();
  const ShardRange range(shard);
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(range.options(), db.families().times));
  it->SeekToLast();
  if (!it->Valid() || it->key().size() != kTimeKeyBytes) return Time::min();
  return time_of_key(it->key().ToStringView()) + std::chrono::milliseconds(999);
}

// Where the last block cannot be read: an end that no record was at or behind.
void assume_end(const Database& database, ShardId shard, const std::optional<LogRow>& last,
                ShardState& state) {
  state.next = std::max(state.next, end_in_segments(database, shard));
  if (last && state.next <= last->first) {
    const std::size_t size = last->at ? last->at->size : 0;
    state.next = last->first + std::max<std::size_t>(1, size / kRecordHeaderBytes);
  }
  state.arrival = std::max(state.arrival, latest_second(database, shard));
}

}  // namespace

namespace {

// As the shard's row and last block say.
Result<ShardState> state_in_index(const Database& database, ShardId shard) {
  ShardState state;
  {
    const Database::Access db = database.access();
    if (!db) return kNotOpen;
    std::string row;
    const rocksdb::Status s = db->Get({}, db.families().meta, shard_key(shard), &row);
    if (!s.ok() && !s.IsNotFound()) return to_error(s);
    if (s.ok() && !parse_shard_row(row, state))
      return Error{Errc::corrupt, "the row of stream number " + std::to_string(shard.stream) + ", shard " +
                                      std::to_string(shard.shard) +
                                      " in the index is damaged; `millrace repair` rebuilds it from the log"};
  }
  std::optional<LogRow> before;
  for (int i = 0; i < kLooks; ++i) {
    bool damaged = false;
    const auto last = row_holding(database, shard, kMaxIndex, damaged);
    if (!last) return last.error();
    if (!*last && !damaged) return state;
    if (*last && (*last)->at) {
      const auto block = read_twice(database.segments(), *(*last)->at);
      if (block && *block) {
        state.next = std::max(state.next, (*block)->next());
        state.arrival = std::max(state.arrival, (*block)->arrival());
        return state;
      }
      if (!block && block.error().code != Errc::corrupt) return block.error();
      // It may have been moved, or others have come.
      const bool same = before && before->first == (*last)->first && before->at == (*last)->at;
      before = *last;
      if (block && !same) continue;
    }
    assume_end(database, shard, *last, state);
    return state;
  }
  return Error{Errc::io, "the last block cannot be found"};
}

}  // namespace

Result<ShardState> load_state(const Database& database, ShardId shard) {
  Result<ShardState> state = state_in_index(database, shard);
  if (!state) return state;
  const Index end = database.ends().of(shard);
  if (end <= state->next) return state;
  // The shard's last rows are missing: what they held shows as lost, and no index is given out again.
  state->next = end;
  state->arrival = std::max(state->arrival, latest_second(database, shard));
  return state;
}

}  // namespace millrace::storage
