#include "storage/local/committer.h"

#include <algorithm>
#include <utility>

namespace millrace::storage {
namespace {

double seconds_since(std::chrono::steady_clock::time_point t) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
}

constexpr const char* kFull =
    "the disk is full: until there is space, only requests that free space are accepted, such as "
    "DeleteStream, DeleteObject and a shorter retention period";

// Memory of the batch that is kept from one commit to the next.
constexpr std::size_t kKeptBatchBytes = 4 << 20;

}  // namespace

Committer::Committer(Database& database, Shards& shards, RowWatchers& watchers, const RocksOptions& options,
                     const Clock& clock, Probes& probes)
    : database_(database),
      shards_(shards),
      watchers_(watchers),
      options_(options),
      clock_(clock),
      cache_(options.tail_cache_bytes, probes),
      commit_seconds_(probes.histogram("millrace_commit_seconds", "Duration of commits", {},
                                       exponential_bounds(100e-6, 2, 15))),
      write_seconds_(probes.histogram("millrace_commit_write_seconds",
                                      "Duration of the write of a commit, including the sync", {},
                                      exponential_bounds(100e-6, 2, 15))),
      group_changes_(probes.histogram("millrace_commit_changes", "Changes per commit", {},
                                      exponential_bounds(1, 2, 12))),
      appended_bytes_(
          probes.counter("millrace_appended_bytes_total", "Bytes of appended records, as stored")),
      appended_records_(probes.counter("millrace_appended_records_total", "Appended records")),
      failures_(probes.counter("millrace_commit_failures_total", "Commits whose write failed")),
      queue_gauge_(probes.gauge("millrace_commit_queue_bytes", "Bytes waiting for a commit")),
      read_only_gauge_(
          probes.gauge("millrace_read_only",
                       "1 while writes are rejected because the disk is full or failing, 0 otherwise")),
      thread_() {
  take_writes();
  thread_ = std::thread([this] { run(); });
}

Committer::~Committer() { stop(); }

void Committer::submit(std::unique_ptr<PendingWrite> write) {
  std::optional<Error> refused;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = write->bytes();
    if (stopping_) {
      refused = Error{Errc::io, "the store is closed"};
    } else if (read_only() && !short_) {
      refused = Error{Errc::read_only, "an earlier write failed; the store is recovering"};
    } else if (queued_bytes_ > 0 && queued_bytes_ + bytes > options_.queue_bytes) {
      refused = Error{Errc::busy, "the commit queue is full"};
    } else {
      queued_bytes_ += bytes;
      queue_.push_back(std::move(write));
      wake = std::exchange(idle_, false);
    }
  }
  if (refused) write->fail(std::move(*refused));
  if (wake) changed_.notify_one();
}

std::string Committer::read_only_cause() const {
  const std::lock_guard lock(mutex_);
  return read_only_cause_;
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  auto next_try = std::chrono::steady_clock::now() + options_.retry_delay;  // to leave read-only
  for (;;) {
    bool mark = false, retry = false;
    {
      std::unique_lock lock(mutex_);
      const auto has_work = [&] { return stopping_ || !queue_.empty(); };
      idle_ = true;
      if (read_only())
        retry = !changed_.wait_until(lock, next_try, has_work);
      else if (database_.wants_mark())
        mark = !changed_.wait_for(lock, options_.mark_delay, has_work);
      else
        changed_.wait(lock, has_work);
      idle_ = false;
      if (stopping_ && queue_.empty()) return;
      // However much comes that makes room.
      retry = retry || (read_only() && !stopping_ && std::chrono::steady_clock::now() >= next_try);
    }
    if (retry)
      try_to_recover();
    else if (mark)
      write_mark();
    else
      commit(take());
    if (retry || !read_only()) next_try = std::chrono::steady_clock::now() + options_.retry_delay;
  }
}

Committer::PendingWrites Committer::take() {
  PendingWrites taken;
  std::size_t bytes = 0;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    const PendingWrite& next = *queue_.front();
    if (!taken.empty() && (bytes + next.bytes() > options_.commit_bytes || next.alone())) break;
    const bool alone = next.alone();
    bytes += next.bytes();
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) break;
  }
  queued_bytes_ -= bytes;
  queue_gauge_.set(static_cast<double>(queued_bytes_));
  return taken;
}

Committer::PendingWrites Committer::that_make_room(PendingWrites writes) {
  PendingWrites taken;
  for (auto& write : writes) {
    if (write->makes_room(database_))
      taken.push_back(std::move(write));
    else
      write->fail({Errc::read_only, kFull});
  }
  return taken;
}

Committer::PendingWrites Committer::stage(PendingWrites writes, Group& group, Refused& refused) {
  PendingWrites staged;
  staged.reserve(writes.size());
  for (auto& write : writes) {
    if (auto error = write->stage(group))
      refused.emplace_back(std::move(write), std::move(*error));
    else
      staged.push_back(std::move(write));
  }
  return staged;
}

void Committer::commit(PendingWrites writes) {
  if (read_only()) writes = that_make_room(std::move(writes));
  const auto start = std::chrono::steady_clock::now();
  if (batch_.Data().capacity() > kKeptBatchBytes) batch_ = rocksdb::WriteBatch();
  Group group(database_, shards_, batch_, clock_.now());
  Refused refused;
  PendingWrites staged = stage(std::move(writes), group, refused);
  if (!staged.empty()) {
    group.seal();
    const bool durable =
        std::any_of(staged.begin(), staged.end(), [](const auto& w) { return w->durable(); });
    const auto write_start = std::chrono::steady_clock::now();
    if (const rocksdb::Status s = database_.write(batch_, group.blocks(), durable); !s.ok()) {
      group.take_back();
      // The others, too: they may have been refused for a change that was not made.
      for (auto& [write, error] : refused) staged.push_back(std::move(write));
      refuse_writes(s, std::move(staged));
      return;
    }
    write_seconds_.observe(seconds_since(write_start));
    for (const CatalogBatch* batch : group.rows().batches()) watchers_.tell(*batch);
    group.publish(cache_);
    // Before the callers go on: who has an answer finds its commit counted.
    appended_bytes_.add(group.appended_bytes());
    appended_records_.add(group.appended_records());
    group_changes_.observe(static_cast<double>(staged.size()));
    commit_seconds_.observe(seconds_since(start));
    for (auto& write : staged) write->succeed();
  }
  // Only now: what refused them is visible.
  for (auto& [write, error] : refused) write->fail(std::move(error));
}

void Committer::refuse_writes(const rocksdb::Status& cause, PendingWrites writes) {
  failures_.add();
  read_only_gauge_.set(1);
  {
    const std::lock_guard lock(mutex_);
    read_only_ = true;
    short_ = false;
    read_only_cause_ = cause.ToString();
    while (!queue_.empty()) {
      writes.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    queued_bytes_ = 0;
    queue_gauge_.set(0);
  }
  for (auto& write : writes) write->fail({Errc::read_only, cause.ToString()});
}

void Committer::write_mark() {
  if (const rocksdb::Status s = database_.mark(); !s.ok()) refuse_writes(s, {});
}

void Committer::try_to_recover() {
  bool works;
  {
    const std::lock_guard lock(mutex_);
    works = short_;
  }
  if (works || database_.recover()) take_writes();
}

void Committer::take_writes() {
  const bool is_short = database_.is_short();
  const std::lock_guard lock(mutex_);
  short_ = is_short;
  read_only_ = is_short;
  if (!is_short)
    read_only_cause_.clear();
  else if (read_only_cause_.empty())
    read_only_cause_ = kFull;
  read_only_gauge_.set(is_short ? 1 : 0);
}

}  // namespace millrace::storage
