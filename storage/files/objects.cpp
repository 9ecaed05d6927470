// Objects: put, open, read, remove.
#include <algorithm>

#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

constexpr int kOpenAttempts = 10;

std::uint64_t size_of(const Content& content) {
  if (const auto* bytes = std::get_if<std::string>(&content)) return bytes->size();
  return std::get<FileRange>(content).size;
}

Result<void> check(const Condition& condition, const std::optional<Stored>& present) {
  switch (condition.kind) {
    case Condition::Kind::none:
      return {};
    case Condition::Kind::absent:
      if (present) return Error{Errc::conflict, "there is an object"};
      return {};
    case Condition::Kind::tag_is:
      if (!present) return Error{Errc::not_found, "there is no object"};
      if (present->description.tag != condition.tag) return Error{Errc::conflict, "the tag differs"};
      return {};
  }
  return {};
}

}  // namespace

Engine::Answer<Object> Engine::put(ObjectId id, Content content, Description description,
                                   Condition condition) {
  Stored stored{.file = "", .size = size_of(content), .modified = {}, .description = std::move(description)};
  auto write = [this, bytes = std::move(content)] { return write_file(bytes); };
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
                                             Changes changes) {
  const std::string row_key = object_key(id);
  const auto lock = co_await locks_.lock(row_key, NameLocks::Mode::exclusive);
  auto look = [this, row_key, bucket = id.bucket, condition]() -> Result<std::optional<Stored>> {
    if (const auto found = read_bucket(bucket); !found) return found.error();
    auto present = read_stored(row_key);
    if (!present) return present;
    if (const auto holds = check(condition, *present); !holds) return holds.error();
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
  Error gone{Errc::corrupt, "the file of an object is not there"};
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    auto stored = read_stored(object_key(id));
    if (!stored) return stored.error();
    if (!*stored) return Error{Errc::not_found, "no object"};
    Result<Descriptor> opened = blobs_.open((*stored)->file);
    if (opened) return OpenObject{object_of(id.key, std::move(**stored)), std::move(*opened)};
    if (opened.error().code != Errc::not_found) return opened.error();
    gone.detail = opened.error().detail;
  }
  return gone;
}

Engine::Answer<OpenObject> Engine::open(ObjectId id) {
  auto look = [this, wanted = std::move(id)] { return open_now(wanted); };
  co_return co_await on_pool(pool_, std::move(look));
}

Engine::Answer<std::string> Engine::read(OpenObject object, std::uint64_t offset, std::size_t size) {
  auto pull = [descriptor = std::move(object.descriptor), offset, size] {
    return read_range(*descriptor, offset, size);
  };
  co_return co_await on_pool(pool_, std::move(pull));
}

Engine::Answer<void> Engine::remove(BucketId bucket, std::vector<std::string> keys) {
  const auto lock = co_await locks_.lock(bucket_key(bucket), NameLocks::Mode::shared);
  if (!lock) co_return lock.error();
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<NameLocks::Guard> held;
  for (const std::string& key : keys) {
    std::string row_key = objects_prefix(bucket) + key;
    auto one = co_await locks_.lock(std::move(row_key), NameLocks::Mode::exclusive);
    if (!one) co_return one.error();
    held.push_back(std::move(*one));
  }
  auto prepare = [this, bucket, wanted = std::move(keys)]() -> Result<Changes> {
    if (const auto found = read_bucket(bucket); !found) return found.error();
    Changes changes;
    for (const std::string& key : wanted) {
      const std::string row_key = objects_prefix(bucket) + key;
      const auto stored = read_stored(row_key);
      if (!stored) return stored.error();
      if (!*stored) continue;
      changes.batch.remove(row_key);
      changes.disown((*stored)->file);
    }
    return changes;
  };
  Result<Changes> changes = co_await on_pool(pool_, std::move(prepare));
  if (!changes) co_return changes.error();
  if (changes->garbage.empty()) co_return Result<void>();
  co_return co_await commit(std::move(*changes));
}

}  // namespace millrace::storage::files
