// The watches of a catalog, for the engines that implement one.
#pragma once

#include <atomic>
#include <list>
#include <mutex>

#include "storage/catalog.h"

namespace millrace::storage {

// Outlives the watches. Safe from any thread; calls of `tell` are in the order of the changes.
class RowWatchers {
 public:
  using Function = std::function<void(const CatalogBatch::Change&)>;

  [[nodiscard]] Watch add(std::string prefix, Function f);
  // Calls the functions whose prefixes the changes concern.
  void tell(const CatalogBatch& batch);

 private:
  struct Watcher {
    std::string prefix, end;  // the first key behind the prefix; empty: none
    Function f;
    [[nodiscard]] bool concerns(const CatalogBatch::Change& change) const;
  };

  std::atomic<std::size_t> count_ = 0;  // so that `tell` costs nothing where nobody watches
  std::mutex mutex_;                    // held while functions are called: a watch that ended is not called
  std::list<Watcher> watchers_;         // guarded by mutex_
};

}  // namespace millrace::storage
