// The catalog: rows of everything except records: streams, functions, checkpoints, objects. Keys and values
// are bytes. The owner of a key prefix defines the encoding (`store.h` of each service).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/result.h"
#include "storage/watch.h"

namespace millrace::storage {

struct Row {
  std::string key, value;
};

// A value's XXH3 checksum of 128 bits.
struct RowDigest {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const RowDigest&, const RowDigest&) = default;
};
[[nodiscard]] RowDigest digest_of(std::string_view value);

// The first key behind all keys that begin with `prefix`; empty if there is none.
[[nodiscard]] std::string behind(std::string prefix);

// Changes that are applied atomically, and conditions without which none of them is applied.
class CatalogBatch {
 public:
  struct Change {
    std::string key;
    std::optional<std::string> value;  // nullopt: the row is removed
    std::optional<std::string> end;    // set: all rows from `key` up to, and without, `end` are removed
  };
  struct Expectation {
    std::string key;
    std::optional<RowDigest> value;  // nullopt: the row does not exist
  };

  void put(std::string key, std::string value) { changes_.push_back({std::move(key), std::move(value), {}}); }
  void remove(std::string key) { changes_.push_back({std::move(key), {}, {}}); }
  // Removes the rows from `first` up to, and without, `last`. None if `last` is not greater than `first`.
  void remove_range(std::string first, std::string last);

  // The batch is applied only if the row has this value (nullopt: if it does not exist) before the batch's
  // own changes. Of the value, only the digest is stored.
  void expect(std::string key, std::optional<std::string_view> value);
  // The same, for a value of which only the digest is known.
  void expect_version(std::string key, std::optional<RowDigest> version) {
    expectations_.push_back({std::move(key), version});
  }

  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] const std::vector<Expectation>& expectations() const { return expectations_; }

 private:
  std::vector<Change> changes_;
  std::vector<Expectation> expectations_;
};

enum class Sync {
  durable,  // completes when on disk under the configured durability
  lazy,     // completes when written; a power loss may undo it, a killed process does not (checkpoints)
};

enum class Order { ascending, descending };

// Owned by the application; outlives every user. Can be called from any executor.
class Catalog {
 public:
  virtual ~Catalog() = default;

  // The value of the row; nullopt if it does not exist. Can block on the disk: call it at startup or from a
  // separate thread only. Errors: corrupt, io.
  [[nodiscard]] virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;

  // Up to `limit` rows whose key starts with `prefix`, in the order of the bytes of the keys, beginning
  // behind the key `after` in that order (empty: with the first one). Can block on the disk. Errors: corrupt,
  // io.
  [[nodiscard]] virtual Result<std::vector<Row>> scan(std::string_view prefix, std::string_view after,
                                                      std::size_t limit,
                                                      Order order = Order::ascending) const = 0;

  // Like `get` and `scan`, for callers that must not block.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::optional<std::string>>> fetch(
      std::string key) const = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Row>>> fetch_rows(
      std::string prefix, std::string after, std::size_t limit, Order order = Order::ascending) const = 0;

  // Applies the batch atomically, in the order of the calls. Batches are applied one after the other; each
  // expectation is compared with the rows as the batches before left them, lazy ones included.
  // Errors: conflict (an expectation did not hold; nothing was changed), read_only, busy, corrupt, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> write(CatalogBatch batch,
                                                                   Sync sync = Sync::durable) = 0;

  // Makes sure that reads and watches have seen all changes that were acknowledged anywhere before the call.
  // Returns whether there were any that they had not seen; false if this process is the only one that writes.
  [[nodiscard]] virtual boost::asio::awaitable<Result<bool>> catch_up() = 0;

  // Calls `f` for each applied change of rows whose key starts with `prefix`, and for each removed range that
  // may contain such rows. The calls are made one at a time, in the order of the changes; for each change,
  // after reads see it and before its writer resumes. `f` must not block, throw, or use the catalog; the
  // Watch must not be destroyed while a lock is held that `f` takes.
  [[nodiscard]] virtual Watch watch(std::string prefix,
                                    std::function<void(const CatalogBatch::Change&)> f) = 0;
};

}  // namespace millrace::storage
