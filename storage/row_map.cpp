#include "storage/row_map.h"

namespace millrace::storage {

Result<void> RowMap::apply(const CatalogBatch& batch) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, wanted] : batch.expectations()) {
    const auto at = rows_.find(key);
    const auto found = at == rows_.end() ? std::nullopt : std::optional(digest_of(at->second));
    if (found != wanted) return Error{Errc::conflict, "the row was changed by another request: " + key};
  }
  for (const CatalogBatch::Change& change : batch.changes()) {
    if (change.end)
      rows_.erase(rows_.lower_bound(change.key), rows_.lower_bound(*change.end));
    else if (change.value)
      rows_.insert_or_assign(change.key, *change.value);
    else
      rows_.erase(change.key);
  }
  watchers_.tell(batch);
  return {};
}

std::optional<std::string> RowMap::get(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto at = rows_.find(key);
  return at == rows_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<Row> RowMap::scan(std::string_view prefix, std::string_view after, std::size_t limit,
                              Order order) const {
  const std::string end = behind(std::string(prefix));
  const std::lock_guard lock(mutex_);
  auto first = rows_.lower_bound(prefix);
  auto last = end.empty() ? rows_.end() : rows_.lower_bound(end);
  std::vector<Row> rows;
  if (order == Order::ascending) {
    if (after >= prefix && !after.empty()) first = rows_.upper_bound(after);
    for (; first != rows_.end() && first->first.starts_with(prefix) && rows.size() < limit; ++first)
      rows.push_back({first->first, first->second});
    return rows;
  }
  if (!after.empty() && (end.empty() || after < end)) last = rows_.lower_bound(after);
  while (last != rows_.begin() && rows.size() < limit && std::prev(last)->first >= prefix) {
    --last;
    rows.push_back({last->first, last->second});
  }
  return rows;
}

}  // namespace millrace::storage
