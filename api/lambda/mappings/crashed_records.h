// Records at which the server crashed while an event source mapping decoded or filtered them. A record that
// did so three times is passed over: the shard behind it, and the server, go on.
//   l/z/<uuid>/<10 digits>  of a mapping and a shard (by its number):
//                           {"version": 1, "crashes": {"<index>": times, ...}}
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "api/core/unreadable_row.h"
#include "storage/catalog.h"
#include "storage/shard_log.h"

namespace millrace::lambda {

struct CrashedRecord {
  std::string uuid;  // of the mapping
  std::uint32_t shard = 0;
  storage::Index index;
  unsigned crashes = 0;
};

// Owned by the application, outlives every user. Safe from any thread.
class CrashedRecords {
 public:
  static constexpr unsigned kMaxCrashes = 3;
  // Of a shard; beyond as many, the lowest ones are forgotten: they are the first to be past the retention.
  static constexpr std::size_t kMostOfAShard = 100;

  // Loads all. Throws StorageFailure.
  explicit CrashedRecords(storage::Catalog& catalog);

  // Counts a crash; completes when it is on disk. Throws StorageFailure.
  [[nodiscard]] boost::asio::awaitable<void> count(std::string uuid, std::uint32_t shard,
                                                   storage::Index index);
  // Of a shard, those to pass over.
  [[nodiscard]] std::set<storage::Index> passed_over(const std::string& uuid, std::uint32_t shard) const;
  // All that are passed over.
  [[nodiscard]] std::vector<CrashedRecord> passed_over() const;
  // The mapping is gone. Throws StorageFailure.
  [[nodiscard]] boost::asio::awaitable<void> forget(std::string uuid);

  // Rows that this start could not decode.
  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

 private:
  using Crashes = std::map<std::uint64_t, unsigned>;  // times, by index

  storage::Catalog& catalog_;
  std::vector<UnreadableRow> unreadable_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::uint32_t>, Crashes> shards_;  // guarded by mutex_
};

}  // namespace millrace::lambda
