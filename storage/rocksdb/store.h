// The embedded engine: the shard log and the catalog, in segment files of its own and one RocksDB database.
//
// Every change goes through one committer thread, which writes what waits as one frame with one sync and then
// resumes the callers. Records are written once: into segments, which are the database's write-ahead log as
// well; the database holds rows, and where blocks are. Reads are answered from the tail cache on the caller's
// thread, or from the segments on a reader thread. How the parts fit: committer.h (writes), segments.h and
// frame.h (the files of the log), tail.h (what is known in memory of a shard), reader.h, reclaimer.h and
// cleaner.h (return the space of trimmed records), database.h (options, recovery), keys.h (the bytes).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/catalog.h"
#include "storage/clock.h"
#include "storage/copying.h"
#include "storage/probe.h"
#include "storage/result.h"
#include "storage/shard_log.h"

namespace rocksdb {
class FileSystem;
}

namespace millrace::storage {

// When a write is acknowledged.
enum class Durability {
  fsync,   // on disk: survives power loss
  os,      // in the operating system's page cache: survives kill -9
  memory,  // in this process's memory: survives only an orderly stop
};

struct RocksOptions {
  std::filesystem::path dir;
  Durability durability = Durability::fsync;
  std::size_t tail_cache_bytes = 64 << 20;    // the newest blocks of all shards; the oldest are dropped
  std::size_t read_cache_bytes = 32 << 20;    // of the database: rows, and where blocks are
  std::size_t write_buffer_bytes = 32 << 20;  // rows that are not in the database's files yet
  std::uint64_t segment_bytes = 64 << 20;     // of one of the log's files
  std::size_t commit_bytes = 16 << 20;  // what one commit takes at most, unless one append alone is larger
  std::size_t queue_bytes = 256 << 20;  // what may wait for a commit; beyond it appends answer busy
  unsigned read_threads = 2;
  std::chrono::milliseconds reclaim_delay{10'000};  // from a trim to the work that returns its space
  std::chrono::milliseconds retry_delay{1'000};     // between attempts to leave read-only
  const Clock* clock = nullptr;                     // none: the system's
  Probes* probes = nullptr;                         // none: counted, but seen by nobody
  std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;  // none: the system's; tests make it fail
};

// Owned by the application, outlives every user but not their executors: what still waits at destruction
// completes with an error on its executor. Safe from any thread.
class RocksStore {
 public:
  // Opens the store in `dir`, which is made if it is not there; one process at a time. Errors: io, corrupt.
  [[nodiscard]] static Result<std::unique_ptr<RocksStore>> open(RocksOptions options);

  ~RocksStore();  // close()
  RocksStore(const RocksStore&) = delete;

  [[nodiscard]] ShardLog& log();
  [[nodiscard]] Catalog& catalog();

  // Writes what waits, syncs, ends every wait() with an error and releases the directory. Later calls, of any
  // kind, answer io. Blocks.
  void close();

  // Whether writes are refused since the disk is full or broken. The store tries by itself to recover.
  [[nodiscard]] bool read_only() const;
  // What failed, for the log; empty while writes are taken.
  [[nodiscard]] std::string read_only_cause() const;

  // Copies the store to `dir`, which is new, while it is used; a store can be opened there. The copy has all
  // that was acknowledged before the call, and of what comes meanwhile a beginning. Blocks. Errors: read_only
  // (no room there), io.
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir);

  // What was found broken when the store was opened, a line each, for the log: blocks that cannot be read any
  // more. All else is there.
  [[nodiscard]] const std::vector<std::string>& trouble() const;

  struct DiskUse {
    std::uint64_t log_bytes;      // records, trimmed ones included until their space is returned
    std::uint64_t catalog_bytes;  // rows and the engine's own
    std::uint64_t written_bytes;  // to files, since the store was opened, compactions included
  };
  [[nodiscard]] DiskUse disk_use() const;

 private:
  struct Parts;
  explicit RocksStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::storage
