// An event source mapping and how far it has come, as they are kept.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/service.h"
#include "api/lambda/mappings/batch.h"
#include "api/lambda/mappings/record_filter.h"
#include "api/lambda/streams.h"
#include "storage/clock.h"
#include "storage/record_batch.h"

namespace millrace::lambda {

struct Mapping {
  std::string uuid, account, region;
  std::string source_arn, stream;          // the ARN of the stream or a consumer of it, and the name in it
  std::string function, function_arn;      // the bare name, and the ARN as clients see it
  std::string qualifier;                   // a version or an alias; empty: $LATEST
  std::string starting_position;           // TRIM_HORIZON, LATEST or AT_TIMESTAMP
  std::optional<Time> starting_timestamp;  // with AT_TIMESTAMP
  bool enabled = true;
  bool deleting = false;
  int batch_size = 100;
  int batching_window_s = 0;
  int parallelization = 1;          // lanes a shard
  int tumbling_window_s = 0;        // 0: none
  int maximum_retry_attempts = -1;  // -1: for ever
  int maximum_record_age_s = -1;    // -1: for ever
  bool bisect = false;
  bool report_batch_item_failures = false;
  std::string on_failure;  // see destination.h; empty: none
  RecordFilterPtr filter;
  std::map<std::string, std::string> tags;
  Time modified;

  [[nodiscard]] std::string arn() const;
  [[nodiscard]] std::string stream_arn() const;
  // Whether the source is what it was made for: a stream, or a consumer of it that is still registered.
  [[nodiscard]] bool reads_from(const SourceStream& stream) const;
  // How many batches of a shard run at a time: a tumbling window's state is one a shard.
  [[nodiscard]] std::size_t lanes() const;
};

// Shared, since a reader looks at the mapping as it was while a request changes it.
using MappingPtr = std::shared_ptr<const Mapping>;

// For each lane of so many, by a record's key, the first index that is not known to be settled.
using LanePositions = std::vector<storage::Index>;

// How far a mapping has read a shard.
struct Checkpoint {
  std::uint64_t stream = 0;  // the stream's number: of no worth for another stream of the same name
  storage::Index next;       // the first record that is not settled
  bool finished = false;     // the shard is closed, and read to its end
  // What is settled from `next` on: a record that stands before its lane's position in one of these.
  std::vector<LanePositions> ahead{};
  std::optional<WindowState> window{};
};

// The rows: JSON, {"version": 1, ...}. The readers throw std::runtime_error for a version they do not know.
[[nodiscard]] std::string row_of(const Mapping& mapping);
[[nodiscard]] Mapping mapping_of(const std::string& row);
[[nodiscard]] std::string row_of(const Checkpoint& checkpoint);
[[nodiscard]] Checkpoint checkpoint_of(const std::string& row);

}  // namespace millrace::lambda
