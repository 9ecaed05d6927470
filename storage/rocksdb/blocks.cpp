#include "storage/rocksdb/blocks.h"

namespace millrace::storage {
namespace {

const Error kNotOpen{Errc::io, "the database is not open"};

// A segment goes when its blocks were moved; whoever read the row before looks again.
constexpr int kLooks = 3;

Result<std::optional<Location>> parsed(std::string_view row) {
  auto at = Location::parse(row);
  if (!at) return Error{Errc::corrupt, "a row of the log is no location"};
  return at;
}

Result<std::optional<Location>> location_at(const rocksdb::Iterator& it) {
  if (!it.status().ok()) return to_error(it.status());
  if (!it.Valid()) return std::optional<Location>();
  return parsed(it.value().ToStringView());
}

// The block whose location `look` finds.
template <class Look>
Result<std::optional<Block>> block_of(const Database& database, Look&& look) {
  for (int i = 1;; ++i) {
    const Result<std::optional<Location>> at = look();
    if (!at) return at.error();
    if (!*at) return std::optional<Block>();
    auto block = database.segments().read(**at);
    if (!block || *block) return block;
    if (i == kLooks) return Error{Errc::corrupt, "segment " + std::to_string((*at)->segment) + " is missing"};
  }
}

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

}  // namespace

Result<std::optional<Location>> location_of(const Database& database, ShardId shard, Index first) {
  const Database::Access db = database.access();
  if (!db) return kNotOpen;
  rocksdb::PinnableSlice value;
  const rocksdb::Status s = db->Get({}, db.families().log, log_key(shard, first), &value);
  if (s.IsNotFound()) return std::optional<Location>();
  if (!s.ok()) return to_error(s);
  return parsed(value.ToStringView());
}

Result<std::optional<Block>> block_at(const Database& database, ShardId shard, Index first) {
  return block_of(database, [&] { return location_of(database, shard, first); });
}

Result<std::optional<Block>> block_holding(const Database& database, ShardId shard, Index index) {
  return block_of(database, [&]() -> Result<std::optional<Location>> {
    const Database::Access db = database.access();
    if (!db) return kNotOpen;
    const ShardRange range(shard);
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(range.options(), db.families().log));
    it->SeekForPrev(log_key(shard, index));
    return location_at(*it);
  });
}

Result<std::optional<Block>> block_from(const Database& database, ShardId shard, Index index) {
  return block_of(database, [&]() -> Result<std::optional<Location>> {
    const Database::Access db = database.access();
    if (!db) return kNotOpen;
    const ShardRange range(shard);
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(range.options(), db.families().log));
    it->Seek(log_key(shard, index));
    return location_at(*it);
  });
}

Result<Around> around(const Database& database, ShardId shard, Time time) {
  const Database::Access db = database.access();
  if (!db) return kNotOpen;
  const ShardRange range(shard);
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(range.options(), db.families().times));
  const std::string key = time_key(shard, second_of(time));
  Around found;
  it->Seek(key);
  if (it->Valid() && it->key() == key) {
    if (!parse_index_value(it->value().ToStringView(), found.same_second.emplace())) {
      return Error{Errc::corrupt, "a row of times is not an index"};
    }
    it->Next();
  }
  if (it->Valid() && !parse_index_value(it->value().ToStringView(), found.later.emplace())) {
    return Error{Errc::corrupt, "a row of times is not an index"};
  }
  if (!it->status().ok()) return to_error(it->status());
  return found;
}

Result<ShardState> load_state(const Database& database, ShardId shard) {
  ShardState state;
  {
    const Database::Access db = database.access();
    if (!db) return kNotOpen;
    std::string row;
    const rocksdb::Status s = db->Get({}, db.families().meta, shard_key(shard), &row);
    if (!s.ok() && !s.IsNotFound()) return to_error(s);
    if (s.ok() && !parse_shard_row(row, state)) return Error{Errc::corrupt, "not a shard's row"};
  }
  const auto last = block_holding(database, shard, kMaxIndex);
  if (!last) return last.error();
  if (*last) {
    state.next = std::max(state.next, (*last)->next());
    state.arrival = std::max(state.arrival, (*last)->arrival());
  }
  return state;
}

}  // namespace millrace::storage
