// Where in a shard to begin: what GetShardIterator and SubscribeToShard have in common.
#pragma once

#include "api/kinesis/service.h"

namespace millrace::kinesis {

struct StartingPosition {
  std::string type;
  std::optional<std::string> number;  // a sequence number
  std::optional<Time> time;
};

// Throws iterator_type_and_number, iterator_needs_timestamp, iterator_timestamp_in_future.
void check_position(const StartingPosition& start, Time now);

// The index to begin at. Throws invalid_number, number_of_other_shard, number_of_other_stream,
// StorageFailure.
[[nodiscard]] asio::awaitable<storage::Index> find_position(Kinesis& k, const Stream& stream,
                                                            const Shard& shard,
                                                            const StartingPosition& start);

}  // namespace millrace::kinesis
