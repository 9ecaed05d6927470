// The interface of the object store, behind which the engine can change. An object is a named byte string in
// a bucket. Its bytes never change; a put to an existing name replaces the object atomically.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/clock.h"
#include "storage/result.h"

namespace millrace::storage {

// Bucket names are unique per account: two accounts can use the same name.
struct BucketId {
  std::string account;  // without '/'
  std::string name;     // without '/'
};

struct ObjectId {
  BucketId bucket;
  std::string key;  // 1 to 1024 bytes of UTF-8
};

struct Bucket {
  std::string name;
  std::string location;
  Time created;
};

// Names and values that the caller stores with the bytes; storage does not interpret them.
using Attributes = std::vector<std::pair<std::string, std::string>>;

// The caller's description of the bytes. `tag` identifies the content; the caller chooses it.
struct Description {
  std::string tag;
  Attributes attributes;
};

struct Object {
  std::string key;
  std::uint64_t size = 0;
  Time modified;
  Description description;
};

// Closes the file when the last owner releases it.
using Descriptor = std::shared_ptr<const int>;

// An open object: readable to its end, even if its name is deleted or replaced meanwhile.
struct OpenObject {
  Object object;
  // Of a file that holds the object's bytes from offset 0 on. Whoever reads them from it checks them
  // (file_sums.h).
  Descriptor descriptor;
};

// A piece of an open file.
struct FileRange {
  Descriptor descriptor;
  std::uint64_t offset = 0, size = 0;
};

// Bytes that are brought piece by piece, for an object or part that is put later. What is not put leaves
// nothing behind. Its store outlives it.
class IncomingContent {
 public:
  virtual ~IncomingContent() = default;
  // Appends, one call at a time; completes when the bytes are in a file, perhaps not on disk. Errors:
  // read_only (disk full or broken), io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> append(std::string bytes) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

// The bytes to store.
using Content = std::variant<std::string, FileRange, std::unique_ptr<IncomingContent>>;

// A condition on the object with the name, checked when the change takes effect.
struct Condition {
  enum class Kind { none, absent, present, tag_is, unchanged };
  Kind kind = Kind::none;
  std::string tag;     // tag_is, unchanged: of the present object
  Time modified = {};  // unchanged: of the present object
};

struct Removal {
  std::string key;
  Condition condition;  // of the object that has the key
};
enum class Removed {
  gone,     // no object has the key any more, or none had it
  absent,   // a condition was given, and there is no object
  refused,  // the condition does not hold; the object is still there
};

// A multipart upload. Its identifier is unguessable and never reused.
struct UploadId {
  ObjectId object;
  std::string id;
};

struct Upload {
  std::string key, id;
  Time started;
  Attributes attributes;
  // The file of the object that had the key when the upload began, which no other object ever has; empty:
  // none. nullopt: not known.
  std::optional<std::string> before;
};

struct Part {
  std::uint32_t number = 0;  // 1 to 10000
  std::uint64_t size = 0;
  Time modified;
  Description description;
};

struct ListRequest {
  std::string prefix;
  std::string delimiter;  // empty: no grouping
  std::string after;      // only what is greater; one in a common prefix passes over all of its keys
  std::size_t limit = 1000;
};

// An object, or the common prefix of several keys up to the delimiter.
using ListEntry = std::variant<Object, std::string>;

struct Listing {
  std::vector<ListEntry> entries;  // in byte order of the keys
  bool truncated = false;          // more follow behind the last one
};

struct UploadListing {
  std::vector<Upload> uploads;  // by key, then in the order of their identifiers
  bool truncated = false;
};

// Owned by the application, outlives every user. Safe from any executor. A change completes when it is on
// disk under the configured durability; read after it, and listed after it, by anyone, it is there.
// Errors of all: corrupt, io; of changes also read_only (disk full or broken), busy (too many changes wait
// for one name), and not_found where the bucket does not exist.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // `settings`: as for set_setting(). Errors: conflict (the bucket exists).
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> create_bucket(BucketId id, std::string location,
                                                                           Attributes settings = {}) = 0;
  // Incomplete uploads are dropped. Errors: conflict (the bucket contains objects).
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> remove_bucket(BucketId id) = 0;
  // Errors: not_found.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Bucket>> bucket(BucketId id) = 0;
  // Up to `limit` buckets of the account whose name is greater than `after`, in order.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Bucket>>> buckets(std::string account,
                                                                                    std::string after,
                                                                                    std::size_t limit) = 0;

  // A text that the caller stores with the bucket under a name (without '/'); nullopt if there is none. It is
  // deleted with the bucket. Errors: not_found (no such bucket).
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::optional<std::string>>> setting(
      BucketId id, std::string name) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> set_setting(
      BucketId id, std::string name, std::optional<std::string> value) = 0;
  // Up to `limit` buckets of all accounts that have the setting, after `after`, by account and name.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<BucketId>>> buckets_with(
      std::string name, BucketId after, std::size_t limit) = 0;

  // New content for `put` or `put_part` of this store, empty.
  [[nodiscard]] virtual std::unique_ptr<IncomingContent> incoming() = 0;
  // Stores the bytes under the name, atomically if `condition` holds then. Errors: conflict (it does not
  // hold), not_found (no such bucket, or a tag was expected and there is no object).
  [[nodiscard]] virtual boost::asio::awaitable<Result<Object>> put(ObjectId id, Content content,
                                                                   Description description,
                                                                   Condition condition) = 0;
  // Errors: not_found (no such bucket or object).
  [[nodiscard]] virtual boost::asio::awaitable<Result<OpenObject>> open(ObjectId id) = 0;
  // The bytes [offset, offset + size) of what is held open, as they were put. Errors: corrupt (they are not),
  // io, also if it is shorter.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> read(OpenObject object,
                                                                         std::uint64_t offset,
                                                                         std::size_t size) = 0;
  // Whether the bytes are as they were put, unless they were checked lately. Errors: corrupt, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> verify(OpenObject object, std::uint64_t offset,
                                                                    std::uint64_t size) = 0;
  // Removes the objects whose conditions hold, in one commit. Returns one outcome per removal, in order.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Removed>>> remove(
      BucketId bucket, std::vector<Removal> removals) = 0;
  // Sets or removes (nullopt) an attribute; tag and time do not change. Errors: not_found.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Object>> set_attribute(
      ObjectId id, std::string name, std::optional<std::string> value) = 0;
  // A page of the bucket. Its cost depends on its entries, not on the keys below common prefixes.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Listing>> list(BucketId bucket,
                                                                     ListRequest request) = 0;

  // Starts a multipart upload; returns its identifier.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> begin_upload(ObjectId id,
                                                                                 Attributes attributes) = 0;
  // Errors: not_found.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Upload>> upload(UploadId id) = 0;
  // Replaces an earlier part of the same number. Errors: not_found (no such upload).
  [[nodiscard]] virtual boost::asio::awaitable<Result<Part>> put_part(UploadId id, std::uint32_t number,
                                                                      Content content,
                                                                      Description description) = 0;
  // Up to `limit` parts with numbers greater than `after`, in order. Empty if there is no such upload.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Part>>> parts(UploadId id,
                                                                                std::uint32_t after,
                                                                                std::size_t limit) = 0;
  // Makes the object out of `parts`, in this order, and ends the upload; parts that are not named are
  // dropped. Errors: not_found (no such upload), closed (a part is no longer as `parts` says), conflict
  // (the condition does not hold), trimmed (it holds, but since the upload began another object took or left
  // the name).
  [[nodiscard]] virtual boost::asio::awaitable<Result<Object>> complete_upload(UploadId id,
                                                                               std::vector<Part> parts,
                                                                               Description description,
                                                                               Condition condition) = 0;
  // Errors: not_found (no such upload).
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> abort_upload(UploadId id) = 0;
  // Uploads of keys that begin with `prefix`, behind (`after_key`, `after_id`); an empty `after_id` passes
  // over all of that key.
  [[nodiscard]] virtual boost::asio::awaitable<Result<UploadListing>> uploads(BucketId bucket,
                                                                              std::string prefix,
                                                                              std::string after_key,
                                                                              std::string after_id,
                                                                              std::size_t limit) = 0;
};

}  // namespace millrace::storage
