// The catalog's rows as the group of a commit will leave them: what the expectations of its writes are
// compared with.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "storage/catalog.h"
#include "storage/local/index/database.h"

namespace millrace::storage {

// Lives for one commit, on the committer's thread. A group without expectations only collects its batches;
// the first expectation indexes them.
class StagedRows {
 public:
  explicit StagedRows(const Database& database) : database_(database) {}

  // The group contains `batch`, which outlives this.
  void add(const CatalogBatch& batch) { batches_.push_back(&batch); }
  // Those that were added, in order.
  [[nodiscard]] const std::vector<const CatalogBatch*>& batches() const { return batches_; }

  // Compares the batch's expectations with the rows as the batches that were added so far leave them. May
  // read the database. Errors: conflict, corrupt, io.
  [[nodiscard]] Result<void> check(const CatalogBatch& batch);

 private:
  using Value = std::optional<RowDigest>;  // nullopt: no such row

  [[nodiscard]] Result<Value> find(const std::string& key);
  void index_added();
  void index_range(std::string_view first, std::string_view end);
  [[nodiscard]] bool in_removed_range(std::string_view key) const;

  const Database& database_;
  std::vector<const CatalogBatch*> batches_;
  std::size_t indexed_ = 0;  // of batches_
  // The newest change of each key of those. Of a removed range, only later ones are here.
  std::map<std::string_view, const CatalogBatch::Change*> changes_;
  std::map<std::string_view, std::string_view> removed_ranges_;  // disjoint: first key, key behind the last
};

}  // namespace millrace::storage
