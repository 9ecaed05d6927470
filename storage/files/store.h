// The embedded engine for objects: their bytes in files (blob_directory.h), everything else in rows of the
// catalog (rows.h).
//
// A put writes and syncs a new file, then commits a row that refers to it; the commit makes it visible. What
// a change leaves without an owner is noted as garbage in the same commit and unlinked after it, and the note
// goes with a later commit: a crash in between leaves the note, and the next start acts on it. Changes of one
// name follow each other (name_locks.h); readers lock nothing, and keep a file readable by its descriptor.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "storage/catalog.h"
#include "storage/clock.h"
#include "storage/copying.h"
#include "storage/damaged_objects.h"
#include "storage/objects.h"
#include "storage/probe.h"
#include "storage/unreadable_rows.h"

namespace millrace::storage {

struct FileStoreOptions {
  std::filesystem::path dir;          // made if it is not there
  bool fsync = true;                  // false: a put survives kill -9, but not a power loss
  unsigned threads = 16;              // for blocking calls; puts wait for the disk, which syncs many at once
  const Clock* clock = nullptr;       // none: the system's
  Probes* probes = nullptr;           // none: counted, but seen by nobody
  DamagedObjects* damaged = nullptr;  // none: noted, but seen by nobody
  bool keep_unowned = false;          // whether files that a crash may have left stay: rows may be missing
  std::function<bool()> is_full =
      {};  // whether new content is refused, before it takes what is left of the disk
  // Called once for each row that is met and cannot be decoded. Safe from any thread.
  std::function<void(const UnreadableRow&)> report_unreadable = {};
};

// Owned by the application; the catalog outlives it. Safe from any thread.
class FileStore {
 public:
  // Opens the store, and sweeps away in the background what a crash left behind. Errors: io, read_only.
  [[nodiscard]] static Result<std::unique_ptr<FileStore>> open(Catalog& catalog, FileStoreOptions options);

  ~FileStore();  // close()
  FileStore(const FileStore&) = delete;

  [[nodiscard]] ObjectStore& objects();

  // Has `copy_catalog` copy the catalog, then copies to `dir`, which is new, all files that its rows may
  // name, while the store is used. Answers what was copied of files. Blocks. Errors: those of `copy_catalog`,
  // read_only (no room there), io.
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path& dir,
                                      const std::function<Result<void>()>& copy_catalog,
                                      const std::stop_token& stop = {});

  // The rows that cannot be decoded: of buckets and their settings all, of objects, uploads and parts those
  // that were met. Lists pass over them; an object can be put anew or deleted, a bucket created anew with all
  // that it holds. Blocks.
  [[nodiscard]] std::vector<UnreadableRow> unreadable();

  // Finishes the blocking calls under way and ends the threads; nobody may call the store after it. Blocks.
  void close();

 private:
  struct Parts;
  explicit FileStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::storage
