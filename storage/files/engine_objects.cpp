// Objects: put, open, read, remove.
#include <set>

#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

constexpr int kOpenAttempts = 10;

Result<void> check(const Condition& condition, const std::optional<Stored>& present) {
  switch (condition.kind) {
    case Condition::Kind::none:
      return {};
    case Condition::Kind::absent:
      if (present) return Error{Errc::conflict, "the object exists"};
      return {};
    case Condition::Kind::present:
    case Condition::Kind::tag_is:
    case Condition::Kind::unchanged:
      break;
  }
  if (!present) return Error{Errc::not_found, "the object does not exist"};
  if (condition.kind != Condition::Kind::present && present->description.tag != condition.tag)
    return Error{Errc::conflict, "the tag differs"};
  if (condition.kind == Condition::Kind::unchanged && present->modified != condition.modified)
    return Error{Errc::conflict, "the time differs"};
  return {};
}

}  // namespace

Engine::Answer<Object> Engine::put(ObjectId id, Content content, Description description,
                                   Condition condition) {
  Stored stored{.file = "", .size = size_of(content), .modified = {}, .description = std::move(description)};
  auto write = [this, bytes = std::move(content)]() mutable { return write_file(bytes); };
  Result<std::string> file = co_await on_pool(pool_, std::move(write));
  if (!file) co_return file.error();
  written_bytes_.add(stored.size);
  stored.file = std::move(*file);
  const auto lock = co_await locks_.lock(bucket_key(id.bucket), NameLocks::Mode::shared);
  if (!lock) {
    discard({stored.file});
    co_return lock.error();
  }
  Changes changes;
  changes.own(stored.file);
  co_return co_await commit_object(std::move(id), std::move(stored), Origin::incoming, std::move(condition),
                                   std::move(changes));
}

Engine::Answer<Object> Engine::commit_object(ObjectId id, Stored stored, Origin origin, Condition condition,
                                             Changes changes, std::optional<std::string> before) {
  const std::string row_key = object_key(id);
  const auto lock = co_await locks_.lock(row_key, NameLocks::Mode::exclusive);
  auto look = [this, row_key, bucket = id.bucket, condition,
               began = std::move(before)]() -> Result<std::optional<Stored>> {
    if (const auto found = read_bucket(bucket); !found) return found.error();
    auto present = read_replaced(row_key);
    if (!present) return present;
    if (const auto holds = check(condition, *present); !holds) return holds.error();
    if (began && condition.kind != Condition::Kind::none && *began != (*present ? (*present)->file : ""))
      return Error{Errc::trimmed, "the name referred to another object meanwhile"};
    return present;
  };
  Result<std::optional<Stored>> present = lock.has_error() ? Result<std::optional<Stored>>(lock.error())
                                                           : Result<std::optional<Stored>>(std::nullopt);
  if (lock) present = co_await on_pool(pool_, std::move(look));
  if (!present) {
    if (origin == Origin::incoming) discard({stored.file});
    co_return present.error();
  }
  if (*present) changes.disown((*present)->file);
  stored.modified = clock_.now();
  changes.batch.put(row_key, stored_row(stored));
  const Result<void> committed = origin == Origin::incoming
                                     ? co_await commit_incoming(stored.file, std::move(changes))
                                     : co_await commit(std::move(changes));
  if (!committed) co_return committed.error();
  co_return object_of(std::move(id.key), std::move(stored));
}

Result<OpenObject> Engine::open_now(const ObjectId& id) const {
  // Between the row and its file another change may come; it brings another row.
  Error gone{Errc::corrupt, "the file of an object does not exist"};
  std::string gone_file;
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    auto stored = read_stored(object_key(id));
    if (!stored) return stored.error();
    if (!*stored) return Error{Errc::not_found, "no object"};
    const auto damaged = [this, id, file = (*stored)->file](const std::string& detail) {
      note_damage(id, file, detail);
    };
    Result<Descriptor> opened = blobs_.open((*stored)->file, (*stored)->size, damaged);
    if (opened) return OpenObject{object_of(id.key, std::move(**stored)), std::move(*opened)};
    if (opened.error().code != Errc::not_found) return opened.error();
    gone.detail = opened.error().detail;
    gone_file = (*stored)->file;
  }
  note_damage(id, gone_file, gone.detail);
  return gone;
}

void Engine::note_damage(const ObjectId& id, const std::string& file, const std::string& detail) const {
  damaged_.add({id.bucket.account, id.bucket.name, id.key, file, detail});
}

Engine::Answer<OpenObject> Engine::open(ObjectId id) {
  auto look = [this, wanted = std::move(id)] { return open_now(wanted); };
  co_return co_await on_pool(pool_, std::move(look));
}

Engine::Answer<std::string> Engine::read(OpenObject object, std::uint64_t offset, std::size_t size) {
  auto pull = [descriptor = std::move(object.descriptor), offset, size] {
    const FileSums* const sums = sums_of(descriptor);
    return sums ? sums->read(*descriptor, offset, size) : read_range(*descriptor, offset, size);
  };
  co_return co_await on_pool(pool_, std::move(pull));
}

Engine::Answer<void> Engine::verify(OpenObject object, std::uint64_t offset, std::uint64_t size) {
  const FileSums* const sums = sums_of(object.descriptor);
  if (!sums || sums->checked(offset, size)) co_return Result<void>();
  auto look = [descriptor = std::move(object.descriptor), offset, size] {
    return sums_of(descriptor)->check(*descriptor, offset, size);
  };
  co_return co_await on_pool(pool_, std::move(look));
}

Result<std::vector<Removed>> Engine::prepare_removals(const BucketId& bucket,
                                                      const std::vector<Removal>& removals,
                                                      Changes& changes) const {
  if (const auto found = read_bucket(bucket); !found) return found.error();
  std::vector<Removed> out;
  std::set<std::string_view> gone;  // of those that had an object
  for (const Removal& one : removals) {
    const std::string row_key = objects_prefix(bucket) + one.key;
    auto stored = read_replaced(row_key);
    if (!stored) return stored.error();
    if (gone.contains(one.key)) *stored = std::nullopt;
    if (const auto holds = check(one.condition, *stored); !holds) {
      out.push_back(holds.error().code == Errc::not_found ? Removed::absent : Removed::refused);
      continue;
    }
    out.push_back(Removed::gone);
    if (!*stored) continue;
    gone.insert(one.key);
    changes.batch.remove(row_key);
    changes.disown((*stored)->file);
  }
  return out;
}

Engine::Answer<std::vector<Removed>> Engine::remove(BucketId bucket, std::vector<Removal> removals) {
  const auto lock = co_await locks_.lock(bucket_key(bucket), NameLocks::Mode::shared);
  if (!lock) co_return lock.error();
  const auto find = [this, &bucket, &removals] { return uploads_to_tell(bucket, removals); };
  Result<std::vector<UploadId>> uploads = co_await on_pool(pool_, find);
  if (!uploads) co_return uploads.error();
  std::vector<NameLocks::Guard> held;
  // Uploads before objects, as where an upload is completed.
  for (const UploadId& one : *uploads) {
    auto upload_lock = co_await locks_.lock(upload_key(one), NameLocks::Mode::exclusive);
    if (!upload_lock) co_return upload_lock.error();
    held.push_back(std::move(*upload_lock));
  }
  std::set<std::string> names;
  for (const Removal& one : removals) names.insert(objects_prefix(bucket) + one.key);
  for (const std::string& name : names) {
    auto one = co_await locks_.lock(name, NameLocks::Mode::exclusive);
    if (!one) co_return one.error();
    held.push_back(std::move(*one));
  }
  struct Prepared {
    std::vector<Removed> outcomes;
    Changes changes;
  };
  auto prepare = [this, bucket, wanted = std::move(removals),
                  told = std::move(*uploads)]() -> Result<Prepared> {
    Prepared out;
    auto outcomes = prepare_removals(bucket, wanted, out.changes);
    if (!outcomes) return outcomes.error();
    out.outcomes = std::move(*outcomes);
    if (const auto noted = tell_uploads(told, out.changes); !noted) return noted.error();
    return out;
  };
  Result<Prepared> prepared = co_await on_pool(pool_, std::move(prepare));
  if (!prepared) co_return prepared.error();
  if (prepared->changes.batch.changes().empty()) co_return std::move(prepared->outcomes);
  const Result<void> committed = co_await commit(std::move(prepared->changes));
  if (!committed) co_return committed.error();
  co_return std::move(prepared->outcomes);
}

Engine::Answer<Object> Engine::set_attribute(ObjectId id, std::string name,
                                             std::optional<std::string> value) {
  const std::string row_key = object_key(id);
  const auto bucket_lock = co_await locks_.lock(bucket_key(id.bucket), NameLocks::Mode::shared);
  if (!bucket_lock) co_return bucket_lock.error();
  const auto lock = co_await locks_.lock(row_key, NameLocks::Mode::exclusive);
  if (!lock) co_return lock.error();
  auto change = [this, row_key, name = std::move(name), value = std::move(value)]() -> Result<Stored> {
    auto stored = read_stored(row_key);
    if (!stored) return stored.error();
    if (!*stored) return Error{Errc::not_found, "no object"};
    Attributes& attributes = (*stored)->description.attributes;
    std::erase_if(attributes, [&](const auto& a) { return a.first == name; });
    if (value) attributes.emplace_back(name, *value);
    return std::move(**stored);
  };
  Result<Stored> stored = co_await on_pool(pool_, std::move(change));
  if (!stored) co_return stored.error();
  Changes changes;
  changes.batch.put(row_key, stored_row(*stored));
  const Result<void> committed = co_await commit(std::move(changes));
  if (!committed) co_return committed.error();
  co_return object_of(std::move(id.key), std::move(*stored));
}

}  // namespace millrace::storage::files
