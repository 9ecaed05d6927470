#include "storage/local/staged_rows.h"

#include <algorithm>

namespace millrace::storage {

Result<void> StagedRows::check(const CatalogBatch& batch) {
  if (batch.expectations().empty()) return {};
  index_added();
  for (const auto& [key, wanted] : batch.expectations()) {
    const Result<Value> found = find(key);
    if (!found) return found.error();
    if (*found != wanted) return Error{Errc::conflict, "the row was changed by another request: " + key};
  }
  return {};
}

Result<StagedRows::Value> StagedRows::find(const std::string& key) {
  if (const auto at = changes_.find(key); at != changes_.end()) {
    const auto& value = at->second->value;
    return value ? Value(digest_of(*value)) : Value();
  }
  if (in_removed_range(key)) return Value();
  const Database::Access db = database_.access();
  if (!db) return Error{Errc::io, "the database is not open"};
  rocksdb::PinnableSlice value;
  const rocksdb::Status s = db->Get({}, db.families().catalog, key, &value);
  if (s.IsNotFound()) return Value();
  if (!s.ok()) return to_error(s);
  return Value(digest_of(value.ToStringView()));
}

void StagedRows::index_added() {
  for (; indexed_ < batches_.size(); ++indexed_)
    for (const CatalogBatch::Change& change : batches_[indexed_]->changes()) {
      if (change.end)
        index_range(change.key, *change.end);
      else
        changes_.insert_or_assign(change.key, &change);
    }
}

void StagedRows::index_range(std::string_view first, std::string_view end) {
  changes_.erase(changes_.lower_bound(first), changes_.lower_bound(end));
  // Joined with those that it overlaps.
  auto at = removed_ranges_.upper_bound(first);
  if (at != removed_ranges_.begin() && std::prev(at)->second >= first) --at;
  while (at != removed_ranges_.end() && at->first <= end) {
    first = std::min(first, at->first);
    end = std::max(end, at->second);
    at = removed_ranges_.erase(at);
  }
  removed_ranges_.emplace(first, end);
}

bool StagedRows::in_removed_range(std::string_view key) const {
  const auto behind_it = removed_ranges_.upper_bound(key);
  return behind_it != removed_ranges_.begin() && key < std::prev(behind_it)->second;
}

}  // namespace millrace::storage
