#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

constexpr std::size_t kNotesPerCommit = 1000;
constexpr std::size_t kMaxDoubtful = 1000;

Probes& chosen(Probes* given, Probes& own) { return given ? *given : own; }

}  // namespace

Engine::Engine(Catalog& catalog, FileStoreOptions options)
    : catalog_(catalog),
      options_(std::move(options)),
      clock_(options_.clock ? *options_.clock : static_cast<const Clock&>(system_clock_)),
      written_bytes_(chosen(options_.probes, own_probes_)
                         .counter("millrace_objects_written_bytes_total",
                                  "Bytes written into files of objects and parts")),
      removed_files_(chosen(options_.probes, own_probes_)
                         .counter("millrace_objects_files_removed_total",
                                  "Files of objects and parts that were replaced or deleted, and unlinked")),
      blobs_(options_.dir, options_.fsync),
      pool_(options_.threads) {}

Result<void> Engine::start() {
  if (Result<void> made = blobs_.make(); !made) return made;
  std::vector<std::string> incoming;
  auto listed = blobs_.for_each_incoming([&](const std::string& file) { incoming.push_back(file); });
  if (!listed) return listed;
  boost::asio::post(pool_, [this, files = std::move(incoming)] { sweep(files); });
  return {};
}

// Files that rows of the copied catalog name are still there when they are copied.
Result<Copied> Engine::backup(const std::filesystem::path& dir,
                              const std::function<Result<void>()>& copy_catalog) {
  const BlobDirectory::Hold hold(blobs_);
  if (Result<void> copied = copy_catalog(); !copied) return copied.error();
  return blobs_.copy(dir);
}

void Engine::close() {
  closing_ = true;
  pool_.join();
}

// What a crash left: files whose put was under way, and garbage that was not unlinked.
void Engine::sweep(const std::vector<std::string>& incoming) {
  for (const std::string& file : incoming) {
    if (closing_) return;
    const auto owned = catalog_.get(file_key(file));
    if (!owned) return;  // another start tries again
    if (*owned) {
      (void)blobs_.place(file);  // readers find it where it is, too
    } else {
      blobs_.remove(file);
    }
  }
  std::string after;
  for (;;) {
    const auto notes = catalog_.scan(kGarbagePrefix, after, kNotesPerCommit);
    if (!notes || notes->empty()) return;
    std::vector<std::string> files;
    for (const Row& note : *notes) {
      if (closing_) return;
      files.push_back(note.key.substr(kGarbagePrefix.size()));
      blobs_.remove(files.back());
    }
    note_unlinked(std::move(files));
    after = notes->back().key;
  }
}

Result<Bucket> Engine::read_bucket(const BucketId& id) const {
  const auto row = catalog_.get(bucket_key(id));
  if (!row) return row.error();
  if (!*row) return Error{Errc::not_found, "no bucket " + id.name};
  auto bucket = parse_bucket(id.name, **row);
  if (!bucket) return Error{Errc::corrupt, "row of bucket " + id.name};
  return std::move(*bucket);
}

Result<std::optional<Stored>> Engine::read_stored(const std::string& row_key) const {
  const auto row = catalog_.get(row_key);
  if (!row) return row.error();
  if (!*row) return std::optional<Stored>();
  auto stored = parse_stored(**row);
  if (!stored) return Error{Errc::corrupt, "row of an object"};
  return stored;
}

Result<std::string> Engine::write_file(const Content& content) const {
  if (const auto* bytes = std::get_if<std::string>(&content)) return blobs_.write(*bytes);
  return blobs_.write(std::get<FileRange>(content));
}

Engine::Answer<void> Engine::create_bucket(BucketId id, std::string location) {
  const auto lock = co_await locks_.lock(bucket_key(id), NameLocks::Mode::exclusive);
  if (!lock) co_return lock.error();
  const BucketId wanted = id;
  auto look = [this, wanted] { return read_bucket(wanted); };
  const Result<Bucket> present = co_await on_pool(pool_, std::move(look));
  if (present) co_return Error{Errc::conflict, "bucket exists"};
  if (present.error().code != Errc::not_found) co_return present.error();
  Changes changes;
  changes.batch.put(bucket_key(id), bucket_row({id.name, std::move(location), clock_.now()}));
  co_return co_await commit(std::move(changes));
}

Engine::Answer<void> Engine::remove_bucket(BucketId id) {
  constexpr std::size_t kUploadsPerCommit = 100;
  const auto lock = co_await locks_.lock(bucket_key(id), NameLocks::Mode::exclusive);
  if (!lock) co_return lock.error();
  for (;;) {
    // Of an empty bucket, the next uploads to drop; the rest of the bucket goes with the last of them.
    auto prepare = [this, id]() -> Result<std::pair<Changes, bool>> {
      if (const auto bucket = read_bucket(id); !bucket) return bucket.error();
      const auto objects = catalog_.scan(objects_prefix(id), "", 1);
      if (!objects) return objects.error();
      if (!objects->empty()) return Error{Errc::conflict, "bucket is not empty"};
      const std::string prefix = uploads_prefix(id);
      const auto rows = catalog_.scan(prefix, "", kUploadsPerCommit);
      if (!rows) return rows.error();
      Changes changes;
      for (const Row& row : *rows) {
        const auto upload = parse_upload(std::string_view(row.key).substr(prefix.size()), row.value);
        if (!upload) return Error{Errc::corrupt, "row of an upload"};
        if (auto ended = end_upload({{id, upload->key}, upload->id}, "", changes); !ended)
          return ended.error();
      }
      const bool last = rows->size() < kUploadsPerCommit;
      if (last) changes.batch.remove(bucket_key(id));
      return std::pair(std::move(changes), last);
    };
    auto prepared = co_await on_pool(pool_, std::move(prepare));
    if (!prepared) co_return prepared.error();
    Result<void> done = co_await commit(std::move(prepared->first));
    if (!done || prepared->second) co_return done;
  }
}

Engine::Answer<Bucket> Engine::bucket(BucketId id) {
  auto look = [this, wanted = std::move(id)] { return read_bucket(wanted); };
  co_return co_await on_pool(pool_, std::move(look));
}

Engine::Answer<std::vector<Bucket>> Engine::buckets(std::string account, std::string after,
                                                    std::size_t limit) {
  auto scan = [this, prefix = bucket_prefix(account), after, limit]() -> Result<std::vector<Bucket>> {
    const auto rows = catalog_.scan(prefix, after.empty() ? "" : prefix + after, limit);
    if (!rows) return rows.error();
    std::vector<Bucket> out;
    for (const Row& row : *rows) {
      auto bucket = parse_bucket(std::string_view(row.key).substr(prefix.size()), row.value);
      if (!bucket) return Error{Errc::corrupt, "row of a bucket"};
      out.push_back(std::move(*bucket));
    }
    return out;
  };
  co_return co_await on_pool(pool_, std::move(scan));
}

Engine::Answer<void> Engine::commit(Changes changes) {
  std::vector<std::string> notes;
  {
    const std::lock_guard hold(mutex_);
    const std::size_t take = std::min(unlinked_.size(), kNotesPerCommit);
    notes.assign(unlinked_.end() - static_cast<std::ptrdiff_t>(take), unlinked_.end());
    unlinked_.resize(unlinked_.size() - take);
  }
  for (const std::string& file : notes) changes.batch.remove(garbage_key(file));
  const Result<void> written = co_await catalog_.write(std::move(changes.batch));
  if (!written) {
    note_unlinked(std::move(notes));
    co_return written;
  }
  discard(std::move(changes.garbage));
  settle_doubtful();
  co_return written;
}

Engine::Answer<void> Engine::commit_incoming(std::string file, Changes changes) {
  const Result<void> committed = co_await commit(std::move(changes));
  if (!committed) {
    // A write that failed may still be found when the log is read again, and then the file must be there.
    {
      const std::lock_guard hold(mutex_);
      if (doubtful_.size() < kMaxDoubtful) {
        doubtful_.push_back(std::move(file));
        co_return committed;
      }
    }
    auto remove = [this, file]() -> Result<void> {
      blobs_.remove(file);
      return {};
    };
    (void)co_await on_pool(pool_, std::move(remove));
    co_return committed;
  }
  auto place = [this, file] { return blobs_.place(file); };
  (void)co_await on_pool(pool_, std::move(place));  // where it stays, readers and the next start find it
  co_return committed;
}

void Engine::discard(std::vector<std::string> files) {
  if (files.empty()) return;
  boost::asio::post(pool_, [this, gone = std::move(files)]() mutable {
    for (const std::string& file : gone) blobs_.remove(file);
    removed_files_.add(gone.size());
    note_unlinked(std::move(gone));
  });
}

void Engine::note_unlinked(std::vector<std::string> files) {
  const std::lock_guard hold(mutex_);
  unlinked_.insert(unlinked_.end(), std::move_iterator(files.begin()), std::move_iterator(files.end()));
}

// After a commit that succeeded it is known what became of those that failed.
void Engine::settle_doubtful() {
  std::vector<std::string> files;
  {
    const std::lock_guard hold(mutex_);
    if (doubtful_.empty()) return;
    files.swap(doubtful_);
  }
  boost::asio::post(pool_, [this, doubtful = std::move(files)] { sweep(doubtful); });
}

}  // namespace millrace::storage::files
