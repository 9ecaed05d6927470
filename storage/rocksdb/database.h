// The RocksDB database: its files and options, access to it while it may be reopened, and its recovery.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "storage/rocksdb/store.h"

namespace millrace::storage {

[[nodiscard]] Error to_error(const rocksdb::Status& status);

// Values smaller than this stay in the tree; larger ones go to blob files, which compaction does not rewrite.
inline constexpr std::size_t kMinBlobBytes = 4096;

// Safe from any thread, but for what says otherwise.
class Database {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const RocksOptions& options);
  ~Database();
  Database(const Database&) = delete;

  struct Families {
    rocksdb::ColumnFamilyHandle *catalog, *log, *times, *meta;
  };

  // While one lives, the database is not closed or reopened. Short-lived: recovery waits for it. A thread has
  // one at a time: a second would wait for a recovery that waits for the first.
  class Access {
   public:
    Access(std::shared_lock<std::shared_mutex> lock, const Database& database)
        : lock_(std::move(lock)), database_(database) {}
    // Whether the database is open. It is not while it cannot be reopened after a failure.
    explicit operator bool() const { return database_.db_ != nullptr; }
    rocksdb::DB* operator->() const { return database_.db_.get(); }
    [[nodiscard]] const Families& families() const { return database_.families_; }

   private:
    std::shared_lock<std::shared_mutex> lock_;
    const Database& database_;
  };
  [[nodiscard]] Access access() const;

  // A value pinned in here must not outlive its cache.
  [[nodiscard]] const std::shared_ptr<rocksdb::Cache>& cache() const { return cache_; }

  // Writes the batch; `sync`: on disk. Only from the committer.
  [[nodiscard]] rocksdb::Status write(rocksdb::WriteBatch& batch, bool sync);

  // After a failed write: brings the database back to what was acknowledged, and tells whether it takes
  // writes again. What was refused is not in it, though its bytes may have reached the log file. Only from
  // the committer.
  [[nodiscard]] bool recover();

  // Flushes, compacts [begin, end) of the log and rewrites blob files that are mostly garbage.
  // Stops early when the database is closed or reopened.
  void reclaim(const std::vector<std::pair<std::string, std::string>>& ranges);

  // Makes `reclaim` return soon, now and later.
  void stop_reclaiming();

  void close();

  [[nodiscard]] RocksStore::DiskUse disk_use() const;

 private:
  explicit Database(const RocksOptions& options);
  [[nodiscard]] rocksdb::Status open_files(std::uint64_t acknowledged);
  void close_files();
  [[nodiscard]] bool take_probe_write();
  [[nodiscard]] std::uint64_t bytes_to_recover() const;
  [[nodiscard]] bool has_room() const;

  const RocksOptions options_;
  std::unique_ptr<rocksdb::Env> env_;  // around options_.file_system
  std::shared_ptr<rocksdb::Cache> cache_;
  std::atomic<bool> stop_compaction_ = false;
  std::atomic<bool> closing_ = false;

  mutable std::mutex gate_;  // held to take `access_`, so that a reopening is not starved by readers
  mutable std::shared_mutex access_;
  std::unique_ptr<rocksdb::DB> db_;  // guarded by access_
  Families families_{};              // guarded by access_

  std::uint64_t acknowledged_ = 0;  // the sequence number of the last successful write; committer only
};

}  // namespace millrace::storage
