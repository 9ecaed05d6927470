// What event source mappings need to know of streams. The server implements it over the Kinesis service.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/core/principal.h"
#include "storage/clock.h"
#include "storage/shard_log.h"

namespace millrace::lambda {

struct SourceShard {
  storage::ShardId id;
  std::string name;                    // shardId-000000000000
  Time created;                        // second's resolution is enough
  std::vector<std::uint32_t> parents;  // shard numbers; those that are no longer listed count as finished
  bool closed = false;
};

struct SourceStream {
  std::uint64_t number = 0;  // never used again: a stream made anew under the same name has another one
  std::vector<SourceShard> shards;
  std::vector<std::string> consumers;  // ARNs of those that are not being deregistered
};

// Owned by the application, outlives every user. Safe from any thread; answers from memory, but for `closed`.
class StreamDirectory {
 public:
  virtual ~StreamDirectory() = default;

  // The stream of that name in the principal's account and region, whose shards can be read; nullopt when
  // there is none.
  [[nodiscard]] virtual std::optional<SourceStream> find(const Principal& reader,
                                                         const std::string& name) const = 0;

  // Completes when the shard is closed or not listed any more, or at `deadline`.
  [[nodiscard]] virtual boost::asio::awaitable<void> closed(
      storage::ShardId shard, std::chrono::steady_clock::time_point deadline) const = 0;

  // How clients see the address of a record.
  [[nodiscard]] virtual std::string sequence_number(const SourceShard& shard, storage::Index index,
                                                    Time arrival) const = 0;

  // The data of a sealed record of the stream of that number, as it was put. Errors: corrupt, not_found (the
  // stream is gone).
  [[nodiscard]] virtual storage::Result<std::string> open(std::uint64_t stream,
                                                          const storage::Record& record) const = 0;
};

}  // namespace millrace::lambda
