// The streams of the Kinesis service, as event source mappings see them.
#pragma once

#include "api/kinesis/store.h"
#include "api/lambda/streams.h"

namespace millrace::functions {

class StreamDirectory final : public lambda::StreamDirectory {
 public:
  explicit StreamDirectory(const kinesis::Streams& streams) : streams_(streams) {}

  [[nodiscard]] std::optional<lambda::SourceStream> find(const Principal& reader,
                                                         const std::string& name) const override;
  [[nodiscard]] boost::asio::awaitable<void> closed(
      storage::ShardId shard, std::chrono::steady_clock::time_point deadline) const override;
  [[nodiscard]] std::string sequence_number(const lambda::SourceShard& shard, storage::Index index,
                                            Time arrival) const override;
  [[nodiscard]] storage::Result<std::string> open(std::uint64_t stream,
                                                  const storage::Record& record) const override;

 private:
  const kinesis::Streams& streams_;
};

}  // namespace millrace::functions
