// Shard iterators: a position in a shard and when it was given out, sealed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/core/seal.h"
#include "storage/clock.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

inline constexpr std::chrono::seconds kIteratorLife{300};

struct ShardIterator {
  storage::ShardId shard;
  storage::Index position;  // of the next record to read
  Time created;
};

[[nodiscard]] std::string seal_iterator(const Seal& seal, const ShardIterator& iterator);
// nullopt when the text is none of ours.
[[nodiscard]] std::optional<ShardIterator> open_iterator(const Seal& seal, std::string_view text);

}  // namespace millrace::kinesis
