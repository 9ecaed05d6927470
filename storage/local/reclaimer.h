// Deletes the rows of trimmed and dropped records, in the background, and has their space returned; keeps
// the rows of losses.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "storage/local/index/loss_rows.h"
#include "storage/local/segments/cleaner.h"

namespace millrace::storage {

// A trim makes records unreadable by itself; this deletes their rows, and cleans the segments that hold them.
// What is to be done is kept in the meta family (trim and drop keys), so that a restart goes on with it.
class Reclaimer final : public Reclaimable {
 public:
  Reclaimer(Database& database, Shards& shards, Losses& losses, const RocksOptions& options);
  ~Reclaimer() override;  // stop()

  // Begins, with what an earlier process left undone. The committer outlives the work.
  void start(Committer& committer);
  void stop();
  // Writes what changed of the losses, while the committer still runs.
  void keep_losses() { loss_rows_.keep(*committer_); }

  void trimmed(ShardId shard, Index before) override;
  void dropped(std::uint64_t stream) override;

 private:
  struct Work {
    std::map<ShardId, Index> trims;
    std::set<std::uint64_t> drops;
    [[nodiscard]] bool empty() const { return trims.empty() && drops.empty(); }
  };

  void run();
  // Waits, and keeps the losses meanwhile. Answers what the predicate does.
  [[nodiscard]] bool wait_for(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time,
                              const std::function<bool()>& until);
  void load();
  // Deletes the rows of blocks that are trimmed as a whole; false when it could not.
  [[nodiscard]] bool delete_rows(const Work& work);
  // Forgets the work, but for what came up again meanwhile.
  void forget(const Work& work);
  // From where on the shard's rows are still needed, and from which second on those of its times; nothing
  // when the disk fails.
  struct Needed {
    std::optional<Index> rows;
    std::optional<std::int64_t> second;
  };
  [[nodiscard]] std::optional<Needed> needed(ShardId shard, Index before);
  [[nodiscard]] bool write(Housekeeping::Write what);

  Database& database_;
  Snapshots snapshots_;
  Cleaner cleaner_;
  Losses& losses_;
  LossRows loss_rows_;
  const RocksOptions& options_;
  Committer* committer_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  Work work_;
  bool losses_changed_ = false;
  std::atomic<bool> stopping_ = false;

  std::thread thread_;
};

}  // namespace millrace::storage
