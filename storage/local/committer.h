// The only thread that writes. It takes the pending writes, stages them in order into a group, writes the
// group as one batch with one sync, makes it visible, and only then resumes the callers.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "storage/local/group.h"
#include "storage/local/tail.h"
#include "storage/row_watchers.h"

namespace millrace::storage {

// A write that a caller waits for. Staged and completed on the committer's thread, except for an error in
// `submit`.
class PendingWrite {
 public:
  virtual ~PendingWrite() = default;
  [[nodiscard]] virtual std::size_t bytes() const { return 64; }
  // Whether it must be on disk before it completes.
  [[nodiscard]] virtual bool durable() const { return true; }
  // Whether it can be written to a full disk, because it frees space or needs none. Can read the
  // database.
  [[nodiscard]] virtual bool makes_room(const Database&) const { return false; }
  // Whether it must be the only one of its group.
  [[nodiscard]] virtual bool alone() const { return false; }
  // Adds the whole write to the group, or adds nothing and returns an error.
  [[nodiscard]] virtual std::optional<Error> stage(Group& group) = 0;
  // Completes the caller: with the staged result, or with an error. Called once.
  virtual void succeed() = 0;
  virtual void fail(Error error) = 0;
};

class Committer {
 public:
  // `watchers` are called for changes of the catalog's rows.
  Committer(Database& database, Shards& shards, RowWatchers& watchers, const RocksOptions& options,
            const Clock& clock, Probes& probes);
  ~Committer();  // stop()

  // Queues the write, or fails it at once: read_only, busy (queue_bytes are waiting), io (stopped). On a
  // full disk it fails later with read_only, unless it frees space. Can be called from any thread.
  void submit(std::unique_ptr<PendingWrite> write);

  // Writes all pending writes and ends the thread.
  void stop();

  [[nodiscard]] bool read_only() const { return read_only_.load(std::memory_order_relaxed); }
  // The error, for the log; empty while writes are accepted.
  [[nodiscard]] std::string read_only_cause() const;

 private:
  using PendingWrites = std::vector<std::unique_ptr<PendingWrite>>;

  void run();
  [[nodiscard]] PendingWrites take();
  void commit(PendingWrites writes);
  using Refused = std::vector<std::pair<std::unique_ptr<PendingWrite>, Error>>;
  // Stages what it can and returns that; the others are added to `refused`.
  [[nodiscard]] static PendingWrites stage(PendingWrites writes, Group& group, Refused& refused);
  // Fails those that do not make room.
  [[nodiscard]] PendingWrites that_make_room(PendingWrites writes);
  // Goes on writing: everything, or what makes room if the disk is short of space.
  void take_writes();
  void refuse_writes(const rocksdb::Status& cause, PendingWrites writes);
  void try_to_recover();
  void write_mark();

  Database& database_;
  Shards& shards_;
  RowWatchers& watchers_;
  const RocksOptions& options_;
  const Clock& clock_;
  TailCache cache_;            // thread_ only
  rocksdb::WriteBatch batch_;  // thread_ only; kept for its memory

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<std::unique_ptr<PendingWrite>> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  bool idle_ = false;   // thread_ waits for the queue
  bool short_ = false;  // while read_only_: what makes room is taken
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
