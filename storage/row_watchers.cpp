#include "storage/row_watchers.h"

namespace millrace::storage {

bool RowWatchers::Watcher::concerns(const CatalogBatch::Change& change) const {
  if (!change.end) return change.key.starts_with(prefix);
  return *change.end > prefix && (end.empty() || change.key < end);
}

Watch RowWatchers::add(std::string prefix, Function f) {
  const std::lock_guard lock(mutex_);
  std::string end = behind(prefix);
  const auto at = watchers_.insert(watchers_.end(), Watcher{std::move(prefix), std::move(end), std::move(f)});
  ++count_;
  return Watch([this, at] {
    const std::lock_guard ended(mutex_);
    watchers_.erase(at);
    --count_;
  });
}

void RowWatchers::tell(const CatalogBatch& batch) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (const CatalogBatch::Change& change : batch.changes())
    for (const Watcher& watcher : watchers_)
      if (watcher.concerns(change)) watcher.f(change);
}

}  // namespace millrace::storage
