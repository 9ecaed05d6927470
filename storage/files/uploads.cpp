// Objects that are brought in parts.
#include <map>

#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

constexpr std::size_t kMaxParts = 10'000;

}  // namespace

Result<Upload> Engine::read_upload(const UploadId& id) const {
  const auto row = catalog_.get(upload_key(id));
  if (!row) return row.error();
  if (!*row || id.id.size() != kIdBytes) return Error{Errc::not_found, "no such upload"};
  const std::string key = upload_key(id);
  auto upload = parse_upload(std::string_view(key).substr(uploads_prefix(id.object.bucket).size()), **row);
  if (!upload) return Error{Errc::corrupt, "row of an upload"};
  return std::move(*upload);
}

Result<std::vector<std::pair<std::uint32_t, Stored>>> Engine::read_parts(const std::string& upload,
                                                                         std::uint32_t after,
                                                                         std::size_t limit) const {
  const std::string prefix = parts_prefix(upload);
  const auto rows = catalog_.scan(prefix, part_key(upload, after), limit);
  if (!rows) return rows.error();
  std::vector<std::pair<std::uint32_t, Stored>> out;
  for (const Row& row : *rows) {
    const auto number = parse_part_number(std::string_view(row.key).substr(prefix.size()));
    auto stored = parse_stored(row.value);
    if (!number || !stored) return Error{Errc::corrupt, "row of a part"};
    out.emplace_back(*number, std::move(*stored));
  }
  return out;
}

Result<void> Engine::end_upload(const UploadId& id, const std::string& kept, Changes& changes) const {
  const auto all = read_parts(id.id, 0, kMaxParts);
  if (!all) return all.error();
  for (const auto& [number, stored] : *all) {
    changes.batch.remove(part_key(id.id, number));
    if (stored.file != kept) changes.disown(stored.file);
  }
  changes.batch.remove(upload_key(id));
  return {};
}

Engine::Answer<std::string> Engine::begin_upload(ObjectId id, Attributes attributes) {
  const auto lock = co_await locks_.lock(bucket_key(id.bucket), NameLocks::Mode::shared);
  if (!lock) co_return lock.error();
  auto look = [this, bucket = id.bucket] { return read_bucket(bucket); };
  const Result<Bucket> found = co_await on_pool(pool_, std::move(look));
  if (!found) co_return found.error();
  const Upload upload{
      .key = id.key, .id = new_id(), .started = clock_.now(), .attributes = std::move(attributes)};
  Changes changes;
  changes.batch.put(upload_key({id, upload.id}), upload_row(upload));
  const Result<void> committed = co_await commit(std::move(changes));
  if (!committed) co_return committed.error();
  co_return upload.id;
}

Engine::Answer<Upload> Engine::upload(UploadId id) {
  auto look = [this, wanted = std::move(id)] { return read_upload(wanted); };
  co_return co_await on_pool(pool_, std::move(look));
}

Engine::Answer<Part> Engine::put_part(UploadId id, std::uint32_t number, Content content,
                                      Description description) {
  const auto* bytes = std::get_if<std::string>(&content);
  Stored stored{.file = "",
                .size = bytes ? bytes->size() : std::get<FileRange>(content).size,
                .modified = {},
                .description = std::move(description)};
  auto write = [this, what = std::move(content)] { return write_file(what); };
  Result<std::string> file = co_await on_pool(pool_, std::move(write));
  if (!file) co_return file.error();
  written_bytes_.add(stored.size);
  stored.file = std::move(*file);

  const std::string row_key = part_key(id.id, number);
  const auto bucket_lock = co_await locks_.lock(bucket_key(id.object.bucket), NameLocks::Mode::shared);
  const auto upload_lock = co_await locks_.lock(upload_key(id), NameLocks::Mode::shared);
  const auto part_lock = co_await locks_.lock(row_key, NameLocks::Mode::exclusive);
  auto look = [this, id, row_key]() -> Result<std::optional<Stored>> {
    if (const auto found = read_upload(id); !found) return found.error();
    return read_stored(row_key);
  };
  Result<std::optional<Stored>> present = Error{Errc::busy, "too many changes wait for one upload"};
  if (bucket_lock && upload_lock && part_lock) present = co_await on_pool(pool_, std::move(look));
  if (!present) {
    discard({stored.file});
    co_return present.error();
  }
  Changes changes;
  changes.own(stored.file);
  if (*present) changes.disown((*present)->file);
  stored.modified = clock_.now();
  changes.batch.put(row_key, stored_row(stored));
  const Result<void> committed = co_await commit_incoming(stored.file, std::move(changes));
  if (!committed) co_return committed.error();
  co_return part_of(number, std::move(stored));
}

Engine::Answer<std::vector<Part>> Engine::parts(UploadId id, std::uint32_t after, std::size_t limit) {
  auto scan = [this, wanted = std::move(id), after, limit]() -> Result<std::vector<Part>> {
    auto stored = read_parts(wanted.id, after, limit);
    if (!stored) return stored.error();
    std::vector<Part> out;
    for (auto& [number, part] : *stored) out.push_back(part_of(number, std::move(part)));
    return out;
  };
  co_return co_await on_pool(pool_, std::move(scan));
}

Engine::Answer<Object> Engine::complete_upload(UploadId id, std::vector<Part> parts, Description description,
                                               Condition condition) {
  const auto bucket_lock = co_await locks_.lock(bucket_key(id.object.bucket), NameLocks::Mode::shared);
  if (!bucket_lock) co_return bucket_lock.error();
  const auto upload_lock = co_await locks_.lock(upload_key(id), NameLocks::Mode::exclusive);
  if (!upload_lock) co_return upload_lock.error();

  struct Joined {
    Stored stored;
    Changes changes;
    Origin origin = Origin::incoming;
  };
  auto join = [this, id, wanted = std::move(parts)]() -> Result<Joined> {
    if (const auto found = read_upload(id); !found) return found.error();
    auto all = read_parts(id.id, 0, kMaxParts);
    if (!all) return all.error();
    std::map<std::uint32_t, Stored*> present;
    for (auto& [number, stored] : *all) present[number] = &stored;
    Joined out;
    std::vector<BlobDirectory::Whole> files;
    for (const Part& part : wanted) {
      const auto it = present.find(part.number);
      if (it == present.end() || it->second->description.tag != part.description.tag ||
          it->second->size != part.size)
        return Error{Errc::closed, "a part was replaced meanwhile"};
      files.push_back({it->second->file, part.size});
      out.stored.size += part.size;
    }
    // A single part's file is the object's already.
    if (files.size() == 1) {
      out.origin = Origin::placed;
      out.stored.file = files.front().file;
    } else {
      Result<std::string> joined = blobs_.join(files);
      if (!joined) return joined.error();
      out.stored.file = std::move(*joined);
      out.changes.own(out.stored.file);
    }
    if (auto ended = end_upload(id, out.stored.file, out.changes); !ended) return ended.error();
    return out;
  };
  Result<Joined> joined = co_await on_pool(pool_, std::move(join));
  if (!joined) co_return joined.error();
  joined->stored.description = std::move(description);
  co_return co_await commit_object(id.object, std::move(joined->stored), joined->origin, std::move(condition),
                                   std::move(joined->changes));
}

Engine::Answer<void> Engine::abort_upload(UploadId id) {
  const auto bucket_lock = co_await locks_.lock(bucket_key(id.object.bucket), NameLocks::Mode::shared);
  if (!bucket_lock) co_return bucket_lock.error();
  const auto upload_lock = co_await locks_.lock(upload_key(id), NameLocks::Mode::exclusive);
  if (!upload_lock) co_return upload_lock.error();
  auto prepare = [this, id]() -> Result<Changes> {
    if (const auto found = read_upload(id); !found) return found.error();
    Changes changes;
    if (const auto ended = end_upload(id, "", changes); !ended) return ended.error();
    return changes;
  };
  Result<Changes> changes = co_await on_pool(pool_, std::move(prepare));
  if (!changes) co_return changes.error();
  co_return co_await commit(std::move(*changes));
}

Engine::Answer<UploadListing> Engine::uploads(BucketId bucket, std::string prefix, std::string after_key,
                                              std::string after_id, std::size_t limit) {
  auto scan = [this, base = uploads_prefix(bucket), prefix = std::move(prefix), key = std::move(after_key),
               id = std::move(after_id), limit]() -> Result<UploadListing> {
    std::string after;
    // Identifiers are hex digits: 'g' is behind them all.
    if (!key.empty()) after = base + key + '\0' + (id.empty() ? "g" : id);
    const auto rows = catalog_.scan(base + prefix, after, limit + 1);
    if (!rows) return rows.error();
    UploadListing out;
    for (const Row& row : *rows) {
      if (out.uploads.size() == limit) {
        out.truncated = true;
        break;
      }
      auto upload = parse_upload(std::string_view(row.key).substr(base.size()), row.value);
      if (!upload) return Error{Errc::corrupt, "row of an upload"};
      out.uploads.push_back(std::move(*upload));
    }
    return out;
  };
  co_return co_await on_pool(pool_, std::move(scan));
}

}  // namespace millrace::storage::files
