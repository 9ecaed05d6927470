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
#include "storage/local/index/open_files_guard.h"
#include "storage/local/reserve.h"
#include "storage/local/segments/segments.h"
#include "storage/local/shard_ends.h"
#include "storage/local/store.h"

namespace millrace::storage {

// The families of the database, in the order of their numbers, by which frames' rows name them.
[[nodiscard]] std::vector<rocksdb::ColumnFamilyDescriptor> column_families(
    const RocksOptions& options, const std::shared_ptr<rocksdb::Cache>& cache);

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

  // Whether the disk has so little space left that only what makes room may be written; tries to take the
  // reserve back.
  [[nodiscard]] bool is_short() { return reserve_.is_short(); }

  // The end of what was written successfully.
  [[nodiscard]] Position position() const;

  // Writes a frame that says that those before it are on disk, if no frame says so yet: a start can then tell
  // damage to them from a commit that was under way. Only from the committer, when it has nothing else to do.
  [[nodiscard]] bool wants_mark() const { return !failed_ && segments_.wants_mark(); }
  [[nodiscard]] rocksdb::Status mark();

  // The segment from which on the log would be read again after a crash.
  [[nodiscard]] std::uint64_t first_needed_segment() const;
  // Writes what is in memory to the database's files, so that fewer segments are.
  void flush();

  // Copies the database and the segments to `dir`, which is new, while writes go on: the copy has what was
  // acknowledged before, and of what comes meanwhile a beginning. Errors: io, read_only (no room there).
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir, const std::stop_token& stop);

  // Where shards ended when the store was opened.
  [[nodiscard]] ShardEnds& ends() { return ends_; }
  [[nodiscard]] const ShardEnds& ends() const { return ends_; }

  // What was lost when the store was opened, and what was unusual and costs nothing; a line each.
  [[nodiscard]] const std::vector<std::string>& trouble() const { return found_.damage; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return found_.notes; }

  void close();

  [[nodiscard]] LocalStore::DiskUse disk_use() const;
  // Bytes ever written to files, since the store was opened.
  [[nodiscard]] std::uint64_t written() const;

 private:
  explicit Database(const RocksOptions& options);
  // Up to `acknowledged`, if that is given.
  [[nodiscard]] rocksdb::Status open_files(std::optional<Position> acknowledged, bool is_new = false);
  [[nodiscard]] rocksdb::Status replay(std::optional<Position> acknowledged);
  // Parts of `open` (database_start.cpp). Whether there is no database yet; corrupt when it is gone.
  [[nodiscard]] Result<bool> is_new() const;
  // Makes sure that the disk has the space that an open takes.
  [[nodiscard]] Result<void> make_room_to_open();
  // Reads through the database's files, as far as kCheckedBytes go.
  [[nodiscard]] rocksdb::Status check_tables() const;
  [[nodiscard]] bool is_live(const rocksdb::LiveFileMetaData& file) const;
  // Whether the shard has readable records, some of them before `next`.
  [[nodiscard]] rocksdb::Status has_records_before(ShardId shard, Index next, bool& live) const;
  // Finds out which segments are missing that the database has rows of.
  [[nodiscard]] rocksdb::Status look_for_segments();
  // Part of `open` (shard_ends.cpp).
  [[nodiscard]] rocksdb::Status learn_ends();
  [[nodiscard]] rocksdb::Status forget_dropped(rocksdb::WriteBatch& batch);
  // What a start does with what it found: refuses it, or goes on without.
  [[nodiscard]] Result<void> settle();
  [[nodiscard]] Result<void> go_on_without();
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
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::Statistics> statistics_;
  const std::shared_ptr<OpenFilesGuard> guard_;  // around options_.file_system
  const std::unique_ptr<rocksdb::Env> env_;

  mutable std::mutex gate_;  // held to take `access_`, so that a reopening is not starved by readers
  mutable std::shared_mutex access_;
  std::unique_ptr<rocksdb::DB> db_;  // guarded by access_
  Families families_{};              // guarded by access_

  Reserve reserve_;
  Segments segments_;

  // The committer's.
  Position acknowledged_;        // behind the last successful write
  bool failed_ = false;          // the last write
  std::uint64_t unflushed_ = 0;  // bytes of frames since the last flush was asked for

  mutable std::mutex published_mutex_;
  Position published_;  // acknowledged_, for other threads

  ShardEnds ends_;
  Replayed found_;                        // by the start
  std::set<std::uint64_t> rows_of_lost_;  // of segments that are missing
};

}  // namespace millrace::storage
