#include "storage/rocksdb/committer.h"

#include <utility>

namespace millrace::storage {
namespace {

double seconds_since(std::chrono::steady_clock::time_point t) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
}

// Memory of the batch that is kept from one commit to the next.
constexpr std::size_t kKeptBatchBytes = 4 << 20;

}  // namespace

Committer::Committer(Database& database, Shards& shards, const RocksOptions& options, const Clock& clock,
                     Probes& probes)
    : database_(database),
      shards_(shards),
      options_(options),
      clock_(clock),
      cache_(options.tail_cache_bytes, probes),
      commit_seconds_(probes.histogram("millrace_commit_seconds", "Time of a commit, all of it.", {},
                                       exponential_bounds(100e-6, 2, 15))),
      write_seconds_(probes.histogram("millrace_commit_write_seconds",
                                      "Time of a commit's write to the database, the sync included.", {},
                                      exponential_bounds(100e-6, 2, 15))),
      group_changes_(probes.histogram("millrace_commit_changes", "Changes that one commit took.", {},
                                      exponential_bounds(1, 2, 12))),
      appended_bytes_(
          probes.counter("millrace_appended_bytes_total", "Bytes of appended records as stored.")),
      appended_records_(probes.counter("millrace_appended_records_total", "Appended records.")),
      failures_(probes.counter("millrace_commit_failures_total", "Commits whose write failed.")),
      queue_gauge_(probes.gauge("millrace_commit_queue_bytes", "Bytes that wait for a commit.")),
      read_only_gauge_(
          probes.gauge("millrace_read_only", "1 while writes are refused since the disk is full or broken.")),
      thread_([this] { run(); }) {}

Committer::~Committer() { stop(); }

void Committer::submit(std::unique_ptr<Change> change) {
  std::optional<Error> refused;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = change->bytes();
    if (stopping_) {
      refused = Error{Errc::io, "the store is closed"};
    } else if (read_only()) {
      refused = Error{Errc::read_only, "an earlier write failed; the store is recovering"};
    } else if (queued_bytes_ > 0 && queued_bytes_ + bytes > options_.queue_bytes) {
      refused = Error{Errc::busy, "the commit queue is full"};
    } else {
      queued_bytes_ += bytes;
      queue_.push_back(std::move(change));
      wake = std::exchange(idle_, false);
    }
  }
  if (refused) change->fail(std::move(*refused));
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
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (read_only()) {
        if (changed_.wait_for(lock, options_.retry_delay, [&] { return stopping_; })) return;
      } else {
        idle_ = true;
        changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        idle_ = false;
        if (queue_.empty()) return;
      }
    }
    if (read_only())
      try_to_recover();
    else
      commit(take());
  }
}

Committer::Changes Committer::take() {
  Changes taken;
  std::size_t bytes = 0;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    const Change& next = *queue_.front();
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

void Committer::commit(Changes changes) {
  const auto start = std::chrono::steady_clock::now();
  if (batch_.Data().capacity() > kKeptBatchBytes) batch_ = rocksdb::WriteBatch();
  Group group(database_, shards_, batch_, clock_.now());
  bool durable = false;
  Changes staged;
  staged.reserve(changes.size());
  for (auto& change : changes) {
    if (auto refused = change->stage(group)) {
      change->fail(std::move(*refused));
    } else {
      durable |= change->durable();
      staged.push_back(std::move(change));
    }
  }
  if (staged.empty()) return;
  group.seal();
  const auto write_start = std::chrono::steady_clock::now();
  if (const rocksdb::Status s = database_.write(batch_, group.blocks(), durable); !s.ok()) {
    group.take_back();
    refuse_writes(s, std::move(staged));
    return;
  }
  write_seconds_.observe(seconds_since(write_start));
  group.publish(cache_);
  for (auto& change : staged) change->succeed();
  appended_bytes_.add(group.appended_bytes());
  appended_records_.add(group.appended_records());
  group_changes_.observe(static_cast<double>(staged.size()));
  commit_seconds_.observe(seconds_since(start));
}

void Committer::refuse_writes(const rocksdb::Status& cause, Changes changes) {
  failures_.add();
  read_only_gauge_.set(1);
  {
    const std::lock_guard lock(mutex_);
    read_only_ = true;
    read_only_cause_ = cause.ToString();
    while (!queue_.empty()) {
      changes.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    queued_bytes_ = 0;
    queue_gauge_.set(0);
  }
  for (auto& change : changes) change->fail({Errc::read_only, cause.ToString()});
}

void Committer::try_to_recover() {
  if (!database_.recover()) return;
  const std::lock_guard lock(mutex_);
  read_only_ = false;
  read_only_cause_.clear();
  read_only_gauge_.set(0);
}

}  // namespace millrace::storage
