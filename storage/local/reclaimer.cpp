#include "storage/local/reclaimer.h"

#include "storage/local/commit_and_wait.h"

namespace millrace::storage {
namespace {

// Segments may hold nothing but rows that the database has by now: nobody says when.
constexpr std::chrono::minutes kCleanAnyway{1};
constexpr std::chrono::milliseconds kTogether{100};

}  // namespace

Reclaimer::Reclaimer(Database& database, Shards& shards, Losses& losses, const RocksOptions& options)
    : database_(database),
      snapshots_(database, options),
      cleaner_(database, shards, losses, snapshots_),
      losses_(losses),
      loss_rows_(database, losses),
      options_(options) {
  loss_rows_.load();
}

Reclaimer::~Reclaimer() { stop(); }

void Reclaimer::start(Committer& committer) {
  committer_ = &committer;
  losses_.watch([this] {
    const std::lock_guard lock(mutex_);
    losses_changed_ = true;
    changed_.notify_one();
  });
  thread_ = std::thread([this] { run(); });
}

void Reclaimer::stop() {
  losses_.watch({});
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Reclaimer::trimmed(ShardId shard, Index before) {
  losses_.trimmed(shard, before);
  const std::lock_guard lock(mutex_);
  work_.trims[shard] = before;
  changed_.notify_one();
}

void Reclaimer::dropped(std::uint64_t stream) {
  database_.ends().forget(stream);
  losses_.forget(stream);
  const std::lock_guard lock(mutex_);
  work_.drops.insert(stream);
  std::erase_if(work_.trims, [&](const auto& trim) { return trim.first.stream == stream; });
  changed_.notify_one();
}

void Reclaimer::run() {
  load();
  snapshots_.load();
  for (;;) {
    snapshots_.take_if_due();
    Work work;
    {
      std::unique_lock lock(mutex_);
      (void)wait_for(lock, kCleanAnyway, [&] { return stopping_.load() || !work_.empty(); });
      // One pass for what is trimmed within the delay, as retention does it: many shards, one after the
      // other.
      if (wait_for(lock, options_.reclaim_delay, [&] { return stopping_.load(); })) return;
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

bool Reclaimer::wait_for(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time,
                         const std::function<bool()>& until) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!until() && std::chrono::steady_clock::now() < end) {
    changed_.wait_until(lock, end, [&] { return until() || losses_changed_; });
    if (!losses_changed_) continue;
    // Damage comes in many pieces: what is noted at one time is one commit.
    if (changed_.wait_for(lock, kTogether, [&] { return stopping_.load(); })) break;
    losses_changed_ = false;
    lock.unlock();
    keep_losses();
    lock.lock();
  }
  return until();
}

void Reclaimer::load() {
  Work found;
  const auto each = [&](char kind, auto&& use) {
    const Database::Access db = database_.access();
    if (!db) return;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}, db.families().meta));
    for (it->Seek(rocksdb::Slice(&kind, 1)); it->Valid() && it->key()[0] == kind; it->Next()) {
      use(it->key().ToStringView(), it->value().ToStringView());
    }
  };
  each('D', [&](std::string_view key, std::string_view value) {
    if (key.size() == 9 && value != kDropDone) found.drops.insert(get_u64(key, 1));
  });
  each('R', [&](std::string_view key, std::string_view) {
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
    const auto keep = needed(shard, before);
    if (!keep) return false;
    if (keep->rows) log.push_back({shard_prefix(shard), log_key(shard, *keep->rows)});
    if (keep->second) times.push_back({shard_prefix(shard), time_key(shard, *keep->second)});
  }
  if (log.empty()) return true;
  return write([log = std::move(log), times = std::move(times)](rocksdb::WriteBatch& batch,
                                                                const Database::Families& families) {
    for (const Range& r : log) batch.DeleteRange(families.log, r.begin, r.end);
    for (const Range& r : times) batch.DeleteRange(families.times, r.begin, r.end);
  });
}

// The newest block is kept as long as it holds a readable record; so is the second in which the newest
// arrived, since appends in the same second do not begin it again.
std::optional<Reclaimer::Needed> Reclaimer::needed(ShardId shard, Index before) {
  bool damaged = false;
  const auto row = row_holding(database_, shard, before, damaged);
  if (!row) return {};
  if (!*row) return Needed{};
  if ((*row)->at) {
    const auto block = database_.segments().read(*(*row)->at);
    if (!block && block.error().code != Errc::corrupt) return {};
    if (block && *block)
      return Needed{(*block)->next() <= before ? before : (*block)->first(), second_of((*block)->arrival())};
  }
  // Damaged: it ends where the next one begins, or the shard.
  const auto behind = row_from(database_, shard, (*row)->first + 1);
  if (!behind) return {};
  if (*behind) return Needed{(*row)->first, {}};
  const auto state = load_state(database_, shard);
  if (!state) return {};
  return Needed{state->next <= before ? before : (*row)->first, {}};
}

void Reclaimer::forget(const Work& work) {
  (void)write([this, work](rocksdb::WriteBatch& batch, const Database::Families& families) {
    // Whatever was committed before this has told us; what comes later writes its key again.
    const std::lock_guard lock(mutex_);
    for (const auto& [shard, before] : work.trims) {
      if (!work_.trims.contains(shard)) batch.Delete(families.meta, trim_key(shard));
    }
    for (const std::uint64_t stream : work.drops) {
      if (!work_.drops.contains(stream)) batch.Put(families.meta, drop_key(stream), kDropDone);
    }
  });
}

bool Reclaimer::write(Housekeeping::Write what) {
  return commit_and_wait(*committer_, [&](auto done) {
    return std::make_unique<Housekeeping>(std::move(what), Sync::lazy, std::move(done));
  });
}

}  // namespace millrace::storage
