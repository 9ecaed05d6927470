// Shard iterators: a position in a shard and when it was given out, sealed; and the stream's name, so that a
// stream that was deleted can be named to whoever still reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/core/seal.h"
#include "api/kinesis/model.h"

namespace millrace::kinesis {

inline constexpr std::chrono::seconds kIteratorLife{300};

struct ShardIterator {
  storage::ShardId shard;
  storage::Index position;  // of the next record to read
  Time created;
  std::string account, stream_name;
};

[[nodiscard]] std::string seal_iterator(const Seal& seal, const Stream& stream, const Shard& shard,
                                        storage::Index position, Time now);
// nullopt when the text is none of ours. It may stand in double quotes, as AWS takes it: command lines pass
// on what their JSON has.
[[nodiscard]] std::optional<ShardIterator> open_iterator(const Seal& seal, std::string_view text);

}  // namespace millrace::kinesis
