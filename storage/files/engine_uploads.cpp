// Objects that are brought in parts.
#include <algorithm>
#include <map>
#include <set>

#include "storage/files/engine.h"

namespace millrace::storage::files {

namespace {

constexpr std::size_t kMaxParts = 10'000;
// In an upload's row, in the place of a file: an object took the key and left it.
constexpr const char* kRemovedSince = "removed";

}  // namespace

Result<Upload> Engine::read_upload(const UploadId& id) const {
  const auto row = catalog_.get(upload_key(id));
  if (!row) return row.error();
  if (!*row || id.id.size() != kIdBytes) return Error{Errc::not_found, "no such upload"};
  const std::string key = upload_key(id);
  auto upload = parse_upload(std::string_view(key).substr(uploads_prefix(id.object.bucket).size()), **row);
  if (!upload) return unreadable(key, "an upload");
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
    // A part that cannot be decoded is as one that was not brought, and can be brought again.
    if (number && stored)
      out.emplace_back(*number, std::move(*stored));
    else
      (void)unreadable(row.key, "a part");
  }
  return out;
}

Result<void> Engine::end_upload(const UploadId& id, const std::string& kept, Changes& changes) const {
  const auto all = catalog_.scan(parts_prefix(id.id), "", kMaxParts);
  if (!all) return all.error();
  for (const Row& row : *all) {
    changes.batch.remove(row.key);
    if (const auto stored = parse_stored(row.value); stored && stored->file != kept)
      changes.disown(stored->file);
  }
  changes.batch.remove(upload_key(id));
  return {};
}

// Sorted, so that two removals take their locks in the same order.
Result<std::vector<UploadId>> Engine::uploads_to_tell(const BucketId& bucket,
                                                      const std::vector<Removal>& removals) const {
  std::vector<UploadId> out;
  const auto any = catalog_.scan(uploads_prefix(bucket), "", 1);
  if (!any) return any.error();
  if (any->empty()) return out;
  std::set<std::string> keys;
  for (const Removal& one : removals) keys.insert(one.key);
  for (const std::string& key : keys) {
    const std::string prefix = upload_key({{bucket, key}, ""});
    const auto add = [&](const Row& row) {
      const auto upload =
          parse_upload(std::string_view(row.key).substr(uploads_prefix(bucket).size()), row.value);
      if (upload && upload->before == "") out.push_back({{bucket, key}, upload->id});
      return true;
    };
    if (const auto scanned = for_each_row(prefix, "", add); !scanned) return scanned.error();
  }
  return out;
}

Result<void> Engine::tell_uploads(const std::vector<UploadId>& uploads, Changes& changes) const {
  for (const UploadId& id : uploads) {
    const auto removed = [row_key = object_key(id.object)](const auto& change) {
      return change.key == row_key && !change.value;
    };
    const auto& all = changes.batch.changes();
    if (std::none_of(all.begin(), all.end(), removed)) continue;
    auto upload = read_upload(id);
    if (!upload && upload.error().code == Errc::not_found) continue;  // it ended
    if (!upload) return upload.error();
    upload->before = kRemovedSince;
    changes.batch.put(upload_key(id), upload_row(*upload));
  }
  return {};
}

Engine::Answer<std::string> Engine::begin_upload(ObjectId id, Attributes attributes) {
  const auto lock = co_await locks_.lock(bucket_key(id.bucket), NameLocks::Mode::shared);
  if (!lock) co_return lock.error();
  auto look = [this, id]() -> Result<std::optional<Stored>> {
    if (const auto found = read_bucket(id.bucket); !found) return found.error();
    return read_replaced(object_key(id));
  };
  const Result<std::optional<Stored>> present = co_await on_pool(pool_, std::move(look));
  if (!present) co_return present.error();
  const Upload upload{.key = id.key,
                      .id = new_id(),
                      .started = clock_.now(),
                      .attributes = std::move(attributes),
                      .before = *present ? (*present)->file : ""};
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
  Stored stored{.file = "", .size = size_of(content), .modified = {}, .description = std::move(description)};
  auto write = [this, what = std::move(content)]() mutable { return write_file(what); };
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
    return read_replaced(row_key);
  };
  Result<std::optional<Stored>> present = Error{Errc::busy, "too many changes are waiting for one upload"};
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
    std::optional<std::string> before;
  };
  auto join = [this, id, wanted = std::move(parts)]() -> Result<Joined> {
    auto found = read_upload(id);
    if (!found) return found.error();
    auto all = read_parts(id.id, 0, kMaxParts);
    if (!all) return all.error();
    std::map<std::uint32_t, Stored*> present;
    for (auto& [number, stored] : *all) present[number] = &stored;
    Joined out;
    out.before = std::move(found->before);
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
      if (const Result<void> room = check_room(); !room) return room.error();
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
                                   std::move(joined->changes), std::move(joined->before));
}

Engine::Answer<void> Engine::abort_upload(UploadId id) {
  const auto bucket_lock = co_await locks_.lock(bucket_key(id.object.bucket), NameLocks::Mode::shared);
  if (!bucket_lock) co_return bucket_lock.error();
  const auto upload_lock = co_await locks_.lock(upload_key(id), NameLocks::Mode::exclusive);
  if (!upload_lock) co_return upload_lock.error();
  auto prepare = [this, id]() -> Result<Changes> {
    if (const auto found = read_upload(id); !found && found.error().code != Errc::corrupt)
      return found.error();
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
    UploadListing out;
    const auto listed = for_each_row(base + prefix, after, [&](const Row& row) {
      auto upload = parse_upload(std::string_view(row.key).substr(base.size()), row.value);
      if (!upload) {
        (void)unreadable(row.key, "an upload");
        return true;
      }
      out.truncated = out.uploads.size() == limit;
      if (!out.truncated) out.uploads.push_back(std::move(*upload));
      return !out.truncated;
    });
    if (!listed) return listed.error();
    return out;
  };
  co_return co_await on_pool(pool_, std::move(scan));
}

}  // namespace millrace::storage::files
