// The seam under which the engine for objects can change: named byte strings in buckets, whole or not at all.
// An object's bytes never change; putting one under a name that is taken replaces it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/clock.h"
#include "storage/result.h"

namespace millrace::storage {

// An account's buckets are its own: two accounts may use one name.
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

// What the caller wants kept beside the bytes; names and values mean nothing to storage.
using Attributes = std::vector<std::pair<std::string, std::string>>;

// What the caller says of the bytes it stores. `tag` tells this content from another; the caller makes it.
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

// Closes the file when the last holder lets go.
using Descriptor = std::shared_ptr<const int>;

// An object held open: readable to its end, whatever happens to its name meanwhile.
struct OpenObject {
  Object object;
  Descriptor descriptor;  // of a file that holds the object's bytes from offset 0 on
};

// A piece of an open file.
struct FileRange {
  Descriptor descriptor;
  std::uint64_t offset = 0, size = 0;
};

// The bytes to store.
using Content = std::variant<std::string, FileRange>;

// What must hold of the object's name at the moment the change takes effect.
struct Condition {
  enum class Kind { none, absent, tag_is };
  Kind kind = Kind::none;
  std::string tag;
};

// An object that is brought in parts. Its identifier is unguessable and never used again.
struct UploadId {
  ObjectId object;
  std::string id;
};

struct Upload {
  std::string key, id;
  Time started;
  Attributes attributes;
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
  std::string after;      // only what is greater; a common prefix here passes over all of its keys
  std::size_t limit = 1000;
};

// An object, or the common prefix of all keys that share it up to the delimiter.
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

  // Errors: conflict (there is one of that name).
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> create_bucket(BucketId id,
                                                                           std::string location) = 0;
  // Uploads that were not completed are dropped. Errors: conflict (it holds objects).
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> remove_bucket(BucketId id) = 0;
  // Errors: not_found.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Bucket>> bucket(BucketId id) = 0;
  // Up to `limit` buckets of the account whose name is greater than `after`, in order.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Bucket>>> buckets(std::string account,
                                                                                    std::string after,
                                                                                    std::size_t limit) = 0;

  // Stores the bytes under the name, atomically if `condition` holds then. Errors: conflict (it does not
  // hold), not_found (no such bucket, or a tag was expected and there is no object).
  [[nodiscard]] virtual boost::asio::awaitable<Result<Object>> put(ObjectId id, Content content,
                                                                   Description description,
                                                                   Condition condition) = 0;
  // Errors: not_found (no such bucket or object).
  [[nodiscard]] virtual boost::asio::awaitable<Result<OpenObject>> open(ObjectId id) = 0;
  // The bytes [offset, offset + size) of what is held open. Errors: io, also if it is shorter.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> read(OpenObject object,
                                                                         std::uint64_t offset,
                                                                         std::size_t size) = 0;
  // Removes the objects of these keys, all or none; a key without an object is no error.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> remove(BucketId bucket,
                                                                    std::vector<std::string> keys) = 0;
  // A page of the bucket; its cost is by its entries, not by the keys behind a common prefix.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Listing>> list(BucketId bucket,
                                                                     ListRequest request) = 0;

  // Starts an object that is brought in parts; returns the upload's identifier.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> begin_upload(ObjectId id,
                                                                                 Attributes attributes) = 0;
  // Errors: not_found.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Upload>> upload(UploadId id) = 0;
  // A number that was brought before is replaced. Errors: not_found (no such upload).
  [[nodiscard]] virtual boost::asio::awaitable<Result<Part>> put_part(UploadId id, std::uint32_t number,
                                                                      Content content,
                                                                      Description description) = 0;
  // Up to `limit` parts with numbers greater than `after`, in order. Empty if there is no such upload.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Part>>> parts(UploadId id,
                                                                                std::uint32_t after,
                                                                                std::size_t limit) = 0;
  // Makes the object out of `parts`, in this order, and ends the upload; parts that are not named are
  // dropped. Errors: not_found (no such upload), closed (a part is no longer as `parts` says), conflict
  // (the condition does not hold).
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
