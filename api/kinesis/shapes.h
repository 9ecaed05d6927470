// Constraints and structures that more than one operation uses. Source: botocore kinesis/2013-12-02.
#pragma once

#include "api/core/operation.h"
#include "api/kinesis/model.h"

namespace millrace::kinesis {

inline constexpr Rules kStreamName = rules(length(1, 128), pattern("[a-zA-Z0-9_.-]+"));
inline constexpr Rules kStreamArn =
    rules(length(1, 2048), pattern("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"));
inline constexpr Rules kShardId = kStreamName;
inline constexpr Rules kPartitionKey = rules(length(1, 256));
inline constexpr Rules kHashKey = rules(pattern("0|([1-9]\\d{0,38})"));
inline constexpr Rules kSequenceNumber = rules(pattern("0|([1-9]\\d{0,128})"));
inline constexpr Rules kData = rules(length(0, 10485760));
inline constexpr Rules kNextToken = rules(length(1, 1048576));
inline constexpr Rules kStreamMode = one_of("PROVISIONED", "ON_DEMAND");

// How a request names its stream: by name, by ARN, or by both, which must then agree.
struct StreamReference {
  std::optional<std::string> name, arn;
};

struct HashKeyRange {
  std::string start, end;
};
inline constexpr auto kHashKeyRange = shape<HashKeyRange>(field("StartingHashKey", &HashKeyRange::start),
                                                          field("EndingHashKey", &HashKeyRange::end));

struct SequenceNumberRange {
  std::string start;
  std::optional<std::string> end;
};
inline constexpr auto kSequenceNumberRange =
    shape<SequenceNumberRange>(field("StartingSequenceNumber", &SequenceNumberRange::start),
                               field("EndingSequenceNumber", &SequenceNumberRange::end));

struct ShardDescription {
  std::string id;
  std::optional<std::string> parent, adjacent_parent;
  HashKeyRange hash_keys;
  SequenceNumberRange sequence_numbers;
};
inline constexpr auto kShardDescription = shape<ShardDescription>(
    field("ShardId", &ShardDescription::id), field("ParentShardId", &ShardDescription::parent),
    field("AdjacentParentShardId", &ShardDescription::adjacent_parent),
    field("HashKeyRange", &ShardDescription::hash_keys, kHashKeyRange),
    field("SequenceNumberRange", &ShardDescription::sequence_numbers, kSequenceNumberRange));

struct StreamModeDetails {
  std::string mode;
};
inline constexpr auto kStreamModeDetails =
    shape<StreamModeDetails>(field("StreamMode", &StreamModeDetails::mode, required, kStreamMode));

struct EnhancedMetrics {
  std::vector<std::string> metrics;
};
inline constexpr auto kEnhancedMetrics =
    shape<EnhancedMetrics>(field("ShardLevelMetrics", &EnhancedMetrics::metrics));

[[nodiscard]] ShardDescription describe(const Shard& shard);

}  // namespace millrace::kinesis
