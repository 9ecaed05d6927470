// Makes the index of a store anew, from the segments and the newest snapshot (snapshot.h), when the
// database's own files are damaged or gone.
#pragma once

#include "storage/local/store.h"

namespace millrace::storage {

struct Repaired {
  std::filesystem::path set_aside;  // where the database's old files are; empty: there were none
  std::filesystem::path snapshot;   // that was used; empty: the log reaches back to its beginning, or none
  std::uint64_t segments = 0, frames = 0;  // read; of the frames, those behind the snapshot
  std::uint64_t shards = 0, blocks = 0, records = 0, bytes = 0;  // in the index now
  std::uint64_t rows = 0;                                        // of the catalog
  std::vector<std::string> lost;                                 // what could not be recovered, a line each
};

// Repairs the store in `options.dir`, which no process has open. The old files of the database are moved to
// `damaged-<time>` in it; segments and snapshots are only read. A repair that was interrupted can be
// repeated. Errors: io, read_only (disk full), not_found (there are no segments and no snapshot).
[[nodiscard]] Result<Repaired> repair(const RocksOptions& options);

}  // namespace millrace::storage
