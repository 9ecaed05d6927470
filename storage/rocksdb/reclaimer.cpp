#include "storage/rocksdb/reclaimer.h"

#include "storage/rocksdb/commit_and_wait.h"

namespace millrace::storage {
namespace {

// Segments may hold nothing but rows that the database has by now: nobody says when.
constexpr std::chrono::minutes kCleanAnyway{1};

}  // namespace

Reclaimer::Reclaimer(Database& database, Shards& shards, const RocksOptions& options)
    : database_(database), cleaner_(database, shards), options_(options) {}

Reclaimer::~Reclaimer() { stop(); }

void Reclaimer::start(Committer& committer) {
  committer_ = &committer;
  thread_ = std::thread([this] { run(); });
}

void Reclaimer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Reclaimer::trimmed(ShardId shard, Index before) {
  const std::lock_guard lock(mutex_);
  work_.trims[shard] = before;
  changed_.notify_one();
}

void Reclaimer::dropped(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  work_.drops.insert(stream);
  std::erase_if(work_.trims, [&](const auto& trim) { return trim.first.stream == stream; });
  changed_.notify_one();
}

void Reclaimer::run() {
  load();
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kCleanAnyway, [&] { return stopping_.load() || !work_.empty(); });
      // One pass for what is trimmed within the delay, as retention does it: many shards, one after the
      // other.
      if (changed_.wait_for(lock, options_.reclaim_delay, [&] { return stopping_.load(); })) return;
      work = std::exchange(work_, {});
    }
    if (work.empty()) {
      cleaner_.pass(*committer_, stopping_);
    } else if (delete_rows(work)) {
      // Ranges that were deleted are cheap to read over in files, not in memory. Compaction is left to the
      // database: with the ranges alone for its input it aborts the process where the disk fails
      // (RocksDB 7.8).
      database_.flush();
      cleaner_.pass(*committer_, stopping_);
      forget(work);
    } else {
      const std::lock_guard lock(mutex_);
      work_.drops.merge(work.drops);
      work_.trims.merge(work.trims);  // keeps what is newer
    }
  }
}

void Reclaimer::load() {
  Work found;
  const auto each = [&](char kind, auto&& use) {
    const Database::Access db = database_.access();
    if (!db) return;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}, db.families().meta));
    for (it->Seek(rocksdb::Slice(&kind, 1)); it->Valid() && it->key()[0] == kind; it->Next()) {
      use(it->key().ToStringView());
    }
  };
  each('D', [&](std::string_view key) {
    if (key.size() == 9) found.drops.insert(get_u64(key, 1));
  });
  each('R', [&](std::string_view key) {
    if (key.size() == 1 + kShardPrefixBytes) found.trims.emplace(shard_of(key, 1), Index{});
  });
  for (auto& [shard, before] : found.trims) {
    if (const auto state = load_state(database_, shard)) before = state->trim;
  }
  const std::lock_guard lock(mutex_);
  work_.drops.merge(found.drops);
  work_.trims.merge(found.trims);
}

bool Reclaimer::delete_rows(const Work& work) {
  struct Range {
    std::string begin, end;
  };
  std::vector<Range> log, times;
  for (const auto& [shard, before] : work.trims) {
    // The newest block is kept as long as it holds a readable record; so is the second in which the newest
    // arrived, since appends in the same second do not begin it again.
    const auto block = block_holding(database_, shard, before);
    if (!block) return false;
    if (!*block) continue;
    const Index keep = (*block)->next() <= before ? before : (*block)->first();
    log.push_back({shard_prefix(shard), log_key(shard, keep)});
    times.push_back({shard_prefix(shard), time_key(shard, second_of((*block)->arrival()))});
  }
  if (log.empty()) return true;
  return write([log = std::move(log), times = std::move(times)](rocksdb::WriteBatch& batch,
                                                                const Database::Families& families) {
    for (const Range& r : log) batch.DeleteRange(families.log, r.begin, r.end);
    for (const Range& r : times) batch.DeleteRange(families.times, r.begin, r.end);
  });
}

void Reclaimer::forget(const Work& work) {
  (void)write([this, work](rocksdb::WriteBatch& batch, const Database::Families& families) {
    // Whatever was committed before this has told us; what comes later writes its key again.
    const std::lock_guard lock(mutex_);
    for (const auto& [shard, before] : work.trims) {
      if (!work_.trims.contains(shard)) batch.Delete(families.meta, trim_key(shard));
    }
    for (const std::uint64_t stream : work.drops) {
      if (!work_.drops.contains(stream)) batch.Delete(families.meta, drop_key(stream));
    }
  });
}

bool Reclaimer::write(Housekeeping::Write what) {
  return commit_and_wait(*committer_, [&](auto done) {
    return std::make_unique<Housekeeping>(std::move(what), Sync::lazy, std::move(done));
  });
}

}  // namespace millrace::storage
