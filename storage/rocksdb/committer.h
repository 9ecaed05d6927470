// The one thread that writes. It takes the changes that wait, stages them one after the other into a group,
// writes the group as one batch with one sync, makes it visible, and only then answers the callers.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "storage/rocksdb/group.h"
#include "storage/rocksdb/tail.h"

namespace millrace::storage {

// A change that someone waits for. Staged and answered on the committer's thread, but for an answer in
// `submit`.
class Change {
 public:
  virtual ~Change() = default;
  [[nodiscard]] virtual std::size_t bytes() const { return 64; }
  // Whether it must be on disk before it is answered.
  [[nodiscard]] virtual bool durable() const { return true; }
  // Whether it must be the only one of its group.
  [[nodiscard]] virtual bool alone() const { return false; }
  // Puts the change into the group, or nothing of it and returns why.
  [[nodiscard]] virtual std::optional<Error> stage(Group& group) = 0;
  // Answers the caller: with what was staged, or with an error. Called once.
  virtual void succeed() = 0;
  virtual void fail(Error error) = 0;
};

class Committer {
 public:
  Committer(Database& database, Shards& shards, const RocksOptions& options, const Clock& clock,
            Probes& probes);
  ~Committer();  // stop()

  // Queues the change, or fails it at once: read_only, busy (queue_bytes are waiting), io (stopped).
  // Safe from any thread.
  void submit(std::unique_ptr<Change> change);

  // Writes what waits and ends the thread.
  void stop();

  [[nodiscard]] bool read_only() const { return read_only_.load(std::memory_order_relaxed); }
  // What failed, for the log; empty while writes are taken.
  [[nodiscard]] std::string read_only_cause() const;

 private:
  using Changes = std::vector<std::unique_ptr<Change>>;

  void run();
  [[nodiscard]] Changes take();
  void commit(Changes changes);
  void refuse_writes(const rocksdb::Status& cause, Changes changes);
  void try_to_recover();

  Database& database_;
  Shards& shards_;
  const RocksOptions& options_;
  const Clock& clock_;
  TailCache cache_;            // thread_ only
  rocksdb::WriteBatch batch_;  // thread_ only; kept for its memory

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<std::unique_ptr<Change>> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  bool idle_ = false;  // thread_ waits for the queue
  std::string read_only_cause_;

  std::atomic<bool> read_only_ = false;  // changes under mutex_

  Histogram& commit_seconds_;
  Histogram& write_seconds_;
  Histogram& group_changes_;
  Counter& appended_bytes_;
  Counter& appended_records_;
  Counter& failures_;
  Gauge& queue_gauge_;
  Gauge& read_only_gauge_;

  std::thread thread_;
};

}  // namespace millrace::storage
