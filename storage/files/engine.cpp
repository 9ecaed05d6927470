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
                                  "Bytes written to files of objects and parts")),
      removed_files_(chosen(options_.probes, own_probes_)
                         .counter("millrace_objects_files_removed_total",
                                  "Files of replaced or deleted objects and parts that were removed")),
      damaged_(options_.damaged ? *options_.damaged : own_damaged_),
      blobs_(options_.dir, options_.fsync),
      pool_(options_.threads),
      unreadable_([this](const UnreadableRow& row) {
        if (options_.report_unreadable) options_.report_unreadable({printable(row.key), row.reason});
      }) {}

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
                              const std::function<Result<void>()>& copy_catalog,
                              const std::stop_token& stop) {
  const BlobDirectory::RemovalPause hold(blobs_);
  if (Result<void> copied = copy_catalog(); !copied) return copied.error();
  return blobs_.copy(dir, stop);
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
    } else if (!options_.keep_unowned) {
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

Error Engine::unreadable(const std::string& row_key, const char* what) const {
  unreadable_.add({row_key, std::string("it is not a valid row of ") + what});
  return {Errc::corrupt, "the row " + printable(row_key) + " cannot be decoded"};
}

// Buckets and settings are few, and looked at one and all.
std::vector<UnreadableRow> Engine::unreadable() {
  const auto look = [this](const std::string& prefix, const char* what) {
    (void)for_each_row(prefix, "", [&](const Row& row) {
      if (!is_readable(row.key, row.value)) (void)unreadable(row.key, what);
      return true;
    });
  };
  look("o/b/", "a bucket");
  look(std::string(kSettingsPrefix), "a bucket's setting");
  std::vector<UnreadableRow> out = unreadable_.check([this](const std::string& key) {
    const auto row = catalog_.get(key);
    return !row || (*row && !is_readable(key, **row));
  });
  for (UnreadableRow& row : out) row.key = printable(row.key);
  return out;
}

Result<Bucket> Engine::read_bucket(const BucketId& id) const {
  const auto row = catalog_.get(bucket_key(id));
  if (!row) return row.error();
  if (!*row) return Error{Errc::not_found, "no bucket " + id.name};
  auto bucket = parse_bucket(id.name, **row);
  if (!bucket) return unreadable(bucket_key(id), "a bucket");
  return std::move(*bucket);
}

Result<std::optional<Stored>> Engine::read_stored(const std::string& row_key) const {
  const auto row = catalog_.get(row_key);
  if (!row) return row.error();
  if (!*row) return std::optional<Stored>();
  auto stored = parse_stored(**row);
  if (!stored) return unreadable(row_key, "an object");
  return stored;
}

Result<std::optional<Stored>> Engine::read_replaced(const std::string& row_key) const {
  auto stored = read_stored(row_key);
  if (!stored && stored.error().code == Errc::corrupt) return std::optional<Stored>(Stored());
  return stored;
}

Result<void> Engine::check_room() const {
  if (options_.is_full && options_.is_full()) return Error{Errc::read_only, "the disk is full"};
  return {};
}

Engine::Answer<void> Engine::create_bucket(BucketId id, std::string location, Attributes settings) {
  const auto lock = co_await locks_.lock(bucket_key(id), NameLocks::Mode::exclusive);
  if (!lock) co_return lock.error();
  const BucketId wanted = id;
  auto look = [this, wanted] { return read_bucket(wanted); };
  const Result<Bucket> present = co_await on_pool(pool_, std::move(look));
  if (present) co_return Error{Errc::conflict, "bucket exists"};
  // A row that cannot be decoded is replaced: what the bucket holds is there again.
  if (present.error().code != Errc::not_found && present.error().code != Errc::corrupt)
    co_return present.error();
  Changes changes;
  changes.batch.put(bucket_key(id), bucket_row({id.name, std::move(location), clock_.now()}));
  for (const auto& [name, value] : settings) changes.batch.put(setting_key(id, name), setting_row(value));
  co_return co_await commit(std::move(changes));
}

// The names of settings are few: from each the scan goes on at the next.
Result<void> Engine::end_bucket(const BucketId& id, Changes& changes) const {
  changes.batch.remove(bucket_key(id));
  std::string after;
  for (;;) {
    const auto next = catalog_.scan(kSettingsPrefix, after, 1);
    if (!next) return next.error();
    if (next->empty()) return {};
    const std::string_view rest = std::string_view(next->front().key).substr(kSettingsPrefix.size());
    const std::string_view name = rest.substr(0, rest.find('/'));
    changes.batch.remove(setting_key(id, name));
    after = std::string(kSettingsPrefix).append(name) + char('/' + 1);
  }
}

Engine::Answer<void> Engine::remove_bucket(BucketId id) {
  constexpr std::size_t kUploadsPerCommit = 100;
  const auto lock = co_await locks_.lock(bucket_key(id), NameLocks::Mode::exclusive);
  if (!lock) co_return lock.error();
  for (;;) {
    // Of an empty bucket, the next uploads to drop; the rest of the bucket goes with the last of them.
    auto prepare = [this, id]() -> Result<std::pair<Changes, bool>> {
      if (const auto bucket = read_bucket(id); !bucket && bucket.error().code != Errc::corrupt)
        return bucket.error();
      const auto objects = catalog_.scan(objects_prefix(id), "", 1);
      if (!objects) return objects.error();
      if (!objects->empty()) return Error{Errc::conflict, "bucket is not empty"};
      const std::string prefix = uploads_prefix(id);
      const auto rows = catalog_.scan(prefix, "", kUploadsPerCommit);
      if (!rows) return rows.error();
      Changes changes;
      for (const Row& row : *rows) {
        const auto upload = parse_upload_id(id, std::string_view(row.key).substr(prefix.size()));
        if (!upload)
          changes.batch.remove(row.key);
        else if (auto ended = end_upload(*upload, "", changes); !ended)
          return ended.error();
      }
      const bool last = rows->size() < kUploadsPerCommit;
      if (last)
        if (const auto ended = end_bucket(id, changes); !ended) return ended.error();
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
    std::vector<Bucket> out;
    const auto listed = for_each_row(prefix, after.empty() ? "" : prefix + after, [&](const Row& row) {
      auto bucket = parse_bucket(std::string_view(row.key).substr(prefix.size()), row.value);
      if (bucket)
        out.push_back(std::move(*bucket));
      else
        (void)unreadable(row.key, "a bucket");
      return out.size() < limit;
    });
    if (!listed) return listed.error();
    return out;
  };
  co_return co_await on_pool(pool_, std::move(scan));
}

Engine::Answer<std::vector<BucketId>> Engine::buckets_with(std::string name, BucketId after,
                                                           std::size_t limit) {
  auto scan = [this, prefix = settings_prefix(name),
               from = after.account.empty() ? "" : setting_key(after, name),
               limit]() -> Result<std::vector<BucketId>> {
    const auto rows = catalog_.scan(prefix, from, limit);
    if (!rows) return rows.error();
    std::vector<BucketId> out;
    for (const Row& row : *rows)
      out.push_back(parse_setting_bucket(std::string_view(row.key).substr(prefix.size())));
    return out;
  };
  co_return co_await on_pool(pool_, std::move(scan));
}

Engine::Answer<std::optional<std::string>> Engine::setting(BucketId id, std::string name) {
  auto look = [this, id = std::move(id), name = std::move(name)]() -> Result<std::optional<std::string>> {
    const auto row = catalog_.get(setting_key(id, name));
    if (!row) return row.error();
    if (!*row) {
      if (const auto found = read_bucket(id); !found) return found.error();
      return std::optional<std::string>();
    }
    auto text = parse_setting(**row);
    if (!text) return unreadable(setting_key(id, name), "a bucket's setting");
    return text;
  };
  co_return co_await on_pool(pool_, std::move(look));
}

Engine::Answer<void> Engine::set_setting(BucketId id, std::string name, std::optional<std::string> value) {
  const auto bucket_lock = co_await locks_.lock(bucket_key(id), NameLocks::Mode::shared);
  if (!bucket_lock) co_return bucket_lock.error();
  const auto lock = co_await locks_.lock(setting_key(id, name), NameLocks::Mode::exclusive);
  if (!lock) co_return lock.error();
  const BucketId wanted = id;
  auto look = [this, wanted] { return read_bucket(wanted); };
  const Result<Bucket> found = co_await on_pool(pool_, std::move(look));
  if (!found) co_return found.error();
  Changes changes;
  if (value) {
    changes.batch.put(setting_key(id, name), setting_row(*value));
  } else {
    changes.batch.remove(setting_key(id, name));
  }
  co_return co_await commit(std::move(changes));
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
    for (const std::string& file : gone) {
      blobs_.remove(file);
      damaged_.forget(file);
    }
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
