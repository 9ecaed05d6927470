// Rows of the catalog that cannot be decoded: set aside, and reported.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace millrace::storage {

struct UnreadableRow {
  std::string key, reason;
};

// Those that were met, where rows are decoded as they are needed. Bounded: of the later ones only the report
// tells. Safe from any thread.
class UnreadableRows {
 public:
  // `report` is called for each row that was not met before.
  explicit UnreadableRows(std::function<void(const UnreadableRow&)> report) : report_(std::move(report)) {}

  void add(UnreadableRow row) {
    {
      const std::lock_guard lock(mutex_);
      if (rows_.contains(row.key)) return;
      if (rows_.size() < kMost) rows_[row.key] = row.reason;
    }
    if (report_) report_(row);
  }
  // Lets go of the rows that are readable or gone by now.
  template <class StillUnreadable>
  [[nodiscard]] std::vector<UnreadableRow> check(StillUnreadable&& still) {
    const std::lock_guard lock(mutex_);
    std::erase_if(rows_, [&](const auto& row) { return !still(row.first); });
    std::vector<UnreadableRow> out;
    for (const auto& [key, reason] : rows_) out.push_back({key, reason});
    return out;
  }

 private:
  static constexpr std::size_t kMost = 1000;

  const std::function<void(const UnreadableRow&)> report_;
  std::mutex mutex_;
  std::map<std::string, std::string> rows_;  // reasons, by key
};

}  // namespace millrace::storage
