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
#include <string_view>
#include <vector>

#include "storage/clock.h"
#include "storage/losses.h"
#include "storage/probe.h"
#include "storage/store.h"

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

// How the detail of an open's error begins when the log itself is damaged, not its index.
inline constexpr std::string_view kLogDamaged = "the log is damaged";

struct RocksOptions {
  std::filesystem::path dir;
  Durability durability = Durability::fsync;
  std::size_t tail_cache_bytes = 64 << 20;    // the newest blocks of all shards; the oldest are dropped
  std::size_t read_cache_bytes = 32 << 20;    // of the database: rows, and where blocks are
  std::size_t write_buffer_bytes = 32 << 20;  // rows that are not in the database's files yet
  std::uint64_t segment_bytes = 64 << 20;     // of one of the log's files
  std::uint64_t reserve_bytes = 0;            // kept free for the day the disk is full; 0: none
  // What a start reads of the database's files to find damage in them; the rest is checked as it is read.
  std::uint64_t index_check_bytes = 256 << 20;
  bool accept_data_loss = false;        // open a damaged store without what cannot be read
  std::size_t commit_bytes = 16 << 20;  // what one commit takes at most, unless one append alone is larger
  std::size_t queue_bytes = 256 << 20;  // what may wait for a commit; beyond it appends answer busy
  unsigned read_threads = 2;
  std::chrono::milliseconds reclaim_delay{10'000};  // from a trim to the work that returns its space
  std::chrono::milliseconds retry_delay{1'000};     // between attempts to leave read-only
  std::chrono::milliseconds mark_delay{
      50};                       // without commits, until the log says that all of them are on disk
  const Clock* clock = nullptr;  // none: the system's
  Probes* probes = nullptr;      // none: counted, but seen by nobody
  Losses* losses = nullptr;      // none: noted, but seen by nobody
  std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;  // none: the system's; tests make it fail
};

// The embedded engine. Safe from any thread.
class LocalStore final : public Store {
 public:
  // Opens the store in `dir`, which is created if it does not exist; one process at a time. Errors: io;
  // corrupt, if something that was acknowledged cannot be read and `accept_data_loss` is not set. No file is
  // changed then.
  [[nodiscard]] static Result<std::unique_ptr<LocalStore>> open(RocksOptions options);

  ~LocalStore() override;  // close()
  LocalStore(const LocalStore&) = delete;

  [[nodiscard]] ShardLog& log() override;
  [[nodiscard]] Catalog& catalog() override;
  [[nodiscard]] Duties& duties() override;
  void close() override;
  [[nodiscard]] bool read_only() const override;
  [[nodiscard]] std::string read_only_cause() const override;
  [[nodiscard]] const std::vector<std::string>& trouble() const override;
  [[nodiscard]] DiskUse disk_use() const override;
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir,
                                      const std::stop_token& stop = {}) override;

  // What was unusual when the store was opened and lost nothing, one line each, for the server's log.
  [[nodiscard]] const std::vector<std::string>& notes() const;
  // The number of shards in memory.
  [[nodiscard]] std::size_t shards_in_memory() const;

 private:
  struct Parts;
  explicit LocalStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::storage
