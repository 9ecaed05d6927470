// The event source mappings: rows of the catalog, and all of them in memory.
//   l/m/<uuid>               a mapping, JSON, {"version": 1, ...}
//   l/c/<uuid>/<10 digits>   how far it has read a shard (by the shard's number), JSON, {"version": 1, ...}
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "api/core/service.h"
#include "api/lambda/record_filter.h"
#include "api/lambda/streams.h"
#include "storage/catalog.h"
#include "storage/clock.h"
#include "storage/record_batch.h"

namespace millrace::lambda {

struct Mapping {
  std::string uuid, account, region;
  std::string source_arn, stream;          // the ARN of the stream or a consumer of it, and the name in it
  std::string function, function_arn;      // the bare name, and the ARN as clients see it
  std::string starting_position;           // TRIM_HORIZON, LATEST or AT_TIMESTAMP
  std::optional<Time> starting_timestamp;  // with AT_TIMESTAMP
  bool enabled = true;
  bool deleting = false;
  int batch_size = 100;
  int batching_window_s = 0;
  int maximum_retry_attempts = -1;  // -1: for ever
  int maximum_record_age_s = -1;    // -1: for ever
  bool bisect = false;
  bool report_batch_item_failures = false;
  RecordFilterPtr filter;
  Time modified;

  [[nodiscard]] std::string arn() const;
  // Whether the source is what it was made for: a stream, or a consumer of it that is still registered.
  [[nodiscard]] bool reads_from(const SourceStream& stream) const;
};

// What a mapping's readers say of themselves. Not kept over a restart.
struct MappingProgress {
  std::string state = "Creating";
  std::string result = "No records processed";
};

// How far a mapping has read a shard.
struct Checkpoint {
  std::uint64_t stream = 0;  // the stream's number: of no worth for another stream of the same name
  storage::Index next;       // the first record that is not settled
  bool finished = false;     // the shard is closed, and read to its end
};

// Shared, since a reader looks at the mapping as it was while a request changes it.
using MappingPtr = std::shared_ptr<const Mapping>;

// Owned by the application, outlives every user. Safe from any thread. Reads never wait for the disk.
class Mappings {
 public:
  using ShardCheckpoints = std::vector<std::pair<std::uint32_t, Checkpoint>>;

  // Loads all. Throws StorageFailure.
  explicit Mappings(storage::Catalog& catalog);

  // nullptr when there is none.
  [[nodiscard]] MappingPtr find(const std::string& uuid) const;
  // All of an account and region by UUID, from behind `after`.
  [[nodiscard]] std::vector<MappingPtr> list(const std::string& account, const std::string& region,
                                             const std::string& after) const;
  [[nodiscard]] std::vector<MappingPtr> all() const;

  // Keeps a new mapping and where it starts to read; completes when both are on disk. Throws mapping_exists
  // when another one has the same source and function.
  [[nodiscard]] asio::awaitable<void> create(Mapping mapping, ShardCheckpoints start);
  // Changes a mapping; completes when that is on disk, with what it is now. Throws mapping_not_found,
  // mapping_in_use while another request changes it or when it is being deleted.
  [[nodiscard]] asio::awaitable<MappingPtr> update(std::string uuid, std::function<void(Mapping&)> change);
  // Removes a mapping and its checkpoints. For its readers' owner, once no reader is left.
  [[nodiscard]] asio::awaitable<void> remove(std::string uuid);

  [[nodiscard]] MappingProgress progress(const std::string& uuid) const;
  void set_state(const std::string& uuid, std::string state);
  void set_result(const std::string& uuid, std::string result);

  // Throws StorageFailure.
  [[nodiscard]] std::optional<Checkpoint> checkpoint(const std::string& uuid, std::uint32_t shard) const;
  // Completes when it is written, not synced: a power loss may undo it, and then records come again.
  [[nodiscard]] asio::awaitable<storage::Result<void>> keep(std::string uuid, std::uint32_t shard,
                                                            Checkpoint checkpoint);

 private:
  class Change;

  storage::Catalog& catalog_;
  mutable std::shared_mutex mutex_;  // guards all below
  std::map<std::string, MappingPtr> mappings_;
  std::map<std::string, MappingProgress> progress_;
  std::set<std::string> changing_;  // UUIDs and "source function" of rows on their way to the disk
};

}  // namespace millrace::lambda
