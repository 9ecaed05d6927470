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
inline constexpr Rules kConsumerArn =
    rules(length(1, 2048), pattern("^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/"
                                   "[a-zA-Z0-9_.-]+:[0-9]+"));
inline constexpr Rules kResourceArn =
    rules(length(1, 2048), pattern("arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel)/\\S+"));
inline constexpr Rules kTagKey = rules(length(1, 128)), kTagValue = rules(length(0, 256));
inline constexpr Rules kTagCount = rules(length(1, 200));
inline constexpr Rules kKeyId = rules(length(1, 2048));
inline constexpr Rules kEncryptionType = one_of<"NONE", "KMS">;
inline constexpr Rules kNatural = rules(range(0, 2147483647)), kPositive = rules(range(1, 2147483647));
// In the order in which AWS prints them (kinesalite, test/getShardIterator.js).
inline constexpr Rules kPositionType =
    one_of<"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON">;
inline constexpr Rules kDistributionStrategy = one_of<"AUTO", "USER_PARTITION_KEY">;
inline constexpr UnreadField kStreamId = ignored<std::string>(
    "StreamId", "AWS reserves it for future use", length(1, 24), pattern("[a-z0-9]{20}-[a-z0-9]{3}"));
inline constexpr Rules kStreamMode = one_of<"PROVISIONED", "ON_DEMAND">;

// How a request names its stream: by name, by ARN, or by both, which must then agree.
struct StreamReference {
  std::optional<std::string> name, arn;
};

// How a request names a consumer: by its ARN, by the stream's and its name, or by all, which must then agree.
struct ConsumerReference {
  std::optional<std::string> stream_arn, name, arn;
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

// What comes after a closed shard's last record.
struct ChildShard {
  std::string id;
  std::vector<std::string> parents;
  HashKeyRange hash_keys;
};
inline constexpr auto kChildShard =
    shape<ChildShard>(field("ShardId", &ChildShard::id), field("ParentShards", &ChildShard::parents),
                      field("HashKeyRange", &ChildShard::hash_keys, kHashKeyRange));
[[nodiscard]] std::vector<ChildShard> describe_children(const Stream& stream, const Shard& shard);

struct WarmThroughput {
  int target = 0, current = 0;
};
inline constexpr auto kWarmThroughput = shape<WarmThroughput>(
    field("TargetMiBps", &WarmThroughput::target), field("CurrentMiBps", &WarmThroughput::current));
// nullopt for a provisioned stream, which has none.
[[nodiscard]] std::optional<WarmThroughput> warm_throughput_of(const Stream& stream);

struct ConsumerDescription {
  std::string name, arn, status;
  Time created;
  std::optional<std::string> stream_arn;
};
inline constexpr auto kConsumerDescription = shape<ConsumerDescription>(
    field("ConsumerName", &ConsumerDescription::name), field("ConsumerARN", &ConsumerDescription::arn),
    field("ConsumerStatus", &ConsumerDescription::status),
    field("ConsumerCreationTimestamp", &ConsumerDescription::created),
    field("StreamARN", &ConsumerDescription::stream_arn));
[[nodiscard]] ConsumerDescription describe(const Stream& stream, const Consumer& consumer, Time now);

// "KMS" or nothing: records and answers of streams that are not encrypted do not say so.
[[nodiscard]] std::optional<std::string> encryption_of(const Stream& stream);

[[nodiscard]] ShardDescription describe(const Shard& shard);

}  // namespace millrace::kinesis
