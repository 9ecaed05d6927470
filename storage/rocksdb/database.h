// The RocksDB database and the log's segments: their files and options, access to the database while it may
// be reopened, and recovery.
//
// The segments are the database's write-ahead log, too: a commit is on disk when its frame is (frame.h), and
// the database itself, which holds rows and where blocks are, is written to its files now and then.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/statistics.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "storage/copying.h"
#include "storage/rocksdb/segments.h"
#include "storage/rocksdb/store.h"

namespace millrace::storage {

[[nodiscard]] Error to_error(const rocksdb::Status& status);

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

  [[nodiscard]] const Segments& segments() const { return segments_; }
  [[nodiscard]] Segments& segments() { return segments_; }

  // Writes the rows and the blocks, as one; `sync`: on disk. Adds to the batch. Only from the committer.
  [[nodiscard]] rocksdb::Status write(rocksdb::WriteBatch& batch, const std::vector<FrameBlock>& blocks,
                                      bool sync);

  // After a failed write: brings the database back to what was acknowledged, and tells whether it takes
  // writes again. What was refused is not in it, though its bytes may have reached the log file. Only from
  // the committer.
  [[nodiscard]] bool recover();

  // The segment from which on the log would be read again after a crash.
  [[nodiscard]] std::uint64_t first_needed_segment() const;
  // Writes what is in memory to the database's files, so that fewer segments are.
  void flush();

  // Copies the database and the segments to `dir`, which is new, while writes go on: the copy has what was
  // acknowledged before, and of what comes meanwhile a beginning. Errors: io, read_only (no room there).
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir);

  // What was found broken when the store was opened, a line each.
  [[nodiscard]] const std::vector<std::string>& trouble() const { return trouble_; }

  void close();

  [[nodiscard]] RocksStore::DiskUse disk_use() const;
  // Bytes ever written to files, since the store was opened.
  [[nodiscard]] std::uint64_t written() const;

 private:
  explicit Database(const RocksOptions& options);
  // Up to `acknowledged`, if that is given.
  [[nodiscard]] rocksdb::Status open_files(std::optional<Position> acknowledged);
  [[nodiscard]] rocksdb::Status replay(std::optional<Position> acknowledged);
  // Adds to the batch where the blocks are and how far it goes, and writes it. `block(i)`: shard and first
  // index.
  template <class BlockOf>
  [[nodiscard]] rocksdb::Status apply(rocksdb::WriteBatch& batch, const std::vector<Location>& locations,
                                      BlockOf block, Position end);
  void close_files();
  [[nodiscard]] bool take_probe_write();
  [[nodiscard]] std::uint64_t bytes_to_recover() const;
  [[nodiscard]] bool has_room() const;

  const RocksOptions options_;
  std::unique_ptr<rocksdb::Env> env_;  // around options_.file_system
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::Statistics> statistics_;

  mutable std::mutex gate_;  // held to take `access_`, so that a reopening is not starved by readers
  mutable std::shared_mutex access_;
  std::unique_ptr<rocksdb::DB> db_;  // guarded by access_
  Families families_{};              // guarded by access_

  Segments segments_;

  // The committer's.
  Position acknowledged_;        // behind the last successful write
  bool failed_ = false;          // the last write
  std::uint64_t unflushed_ = 0;  // bytes of frames since the last flush was asked for

  mutable std::mutex published_mutex_;
  Position published_;  // acknowledged_, for other threads

  std::vector<std::string> trouble_;
};

}  // namespace millrace::storage
