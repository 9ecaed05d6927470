// Rows in memory under the rules of the catalog: what tests and engines without a database keep them in.
#pragma once

#include <map>
#include <mutex>

#include "storage/row_watchers.h"

namespace millrace::storage {

// Safe from any thread. The functions are those of Catalog.
class RowMap {
 public:
  // Errors: conflict.
  [[nodiscard]] Result<void> apply(const CatalogBatch& batch);
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const;
  [[nodiscard]] std::vector<Row> scan(std::string_view prefix, std::string_view after, std::size_t limit,
                                      Order order = Order::ascending) const;
  [[nodiscard]] Watch watch(std::string prefix, RowWatchers::Function f) {
    return watchers_.add(std::move(prefix), std::move(f));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> rows_;  // guarded by mutex_
  RowWatchers watchers_;
};

}  // namespace millrace::storage
