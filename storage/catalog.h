// The rows of everything that is not a record: streams, functions, mappings, checkpoints, buckets, objects.
// A row is a key and a value of bytes; who owns a key prefix owns its encoding (`store.h` of each service).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/result.h"

namespace millrace::storage {

struct Row {
  std::string key, value;
};

// Changes that become visible together or not at all.
class CatalogBatch {
 public:
  struct Change {
    std::string key;
    std::optional<std::string> value;  // empty: the row is removed
  };
  void put(std::string key, std::string value) { changes_.push_back({std::move(key), std::move(value)}); }
  void remove(std::string key) { changes_.push_back({std::move(key), std::nullopt}); }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
};

enum class Sync {
  durable,  // completes when on disk under the configured durability
  lazy,     // completes when written; a power loss may undo it, a killed process does not (checkpoints)
};

// Owned by the application, outlives every user. Safe from any executor.
class Catalog {
 public:
  virtual ~Catalog() = default;

  // The row's value; nullopt when there is none. Errors: corrupt, io.
  [[nodiscard]] virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;

  // Up to `limit` rows whose key begins with `prefix` and is greater than `after` (empty: from the first),
  // in byte order of the keys. Errors: corrupt, io.
  [[nodiscard]] virtual Result<std::vector<Row>> scan(std::string_view prefix, std::string_view after,
                                                      std::size_t limit) const = 0;

  // Applies the batch atomically, in the order of calls. Errors: read_only, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> write(CatalogBatch batch,
                                                                   Sync sync = Sync::durable) = 0;
};

}  // namespace millrace::storage
