// What the server holds of a storage engine: the shard log, the catalog, the duties, and the state of health.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "storage/catalog.h"
#include "storage/copying.h"
#include "storage/duties.h"
#include "storage/result.h"
#include "storage/shard_log.h"

namespace millrace::storage {

// Owned by the application, outlives every user but not their executors: what still waits at destruction
// completes with an error on its executor. Can be called from any thread.
class Store {
 public:
  virtual ~Store() = default;

  [[nodiscard]] virtual ShardLog& log() = 0;
  [[nodiscard]] virtual Catalog& catalog() = 0;
  [[nodiscard]] virtual Duties& duties() = 0;

  // Stores what waits to be stored, ends every wait() with an error, and releases what the store holds. Later
  // calls of any kind return io. Blocks.
  virtual void close() = 0;

  // Whether writes are rejected because the store is full or failing. It recovers by itself. Meanwhile, it
  // accepts writes that free space: trims, drops, and changes of rows that remove some or add none.
  [[nodiscard]] virtual bool read_only() const = 0;
  // What failed, for the server's log; empty while writes are accepted.
  [[nodiscard]] virtual std::string read_only_cause() const = 0;

  // Acknowledged data that was missing when the store was opened, one line each, for the server's log.
  [[nodiscard]] virtual const std::vector<std::string>& trouble() const = 0;

  struct DiskUse {
    std::uint64_t log_bytes;      // records, including trimmed ones whose space is not free yet
    std::uint64_t catalog_bytes;  // rows, and what the engine stores for itself
    std::uint64_t written_bytes;  // since the store was opened, including moved and compacted data
  };
  // On this machine.
  [[nodiscard]] virtual DiskUse disk_use() const = 0;

  // Copies the store to `dir`, a new directory, while it is in use. A store of the same engine can be opened
  // there. The copy contains everything that was acknowledged before the call, and some of what was written
  // meanwhile. Blocks. Errors: read_only (no space in `dir`), io, also when `stop` was requested.
  [[nodiscard]] virtual Result<Copied> backup(const std::filesystem::path& dir,
                                              const std::stop_token& stop = {}) = 0;
};

}  // namespace millrace::storage
