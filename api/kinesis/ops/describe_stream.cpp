// DescribeStream: a stream and a page of its shards. Source: Kinesis API reference, DescribeStream.
#include "api/core/dates.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DescribeStreamInput {
  std::optional<std::string> name, arn, after;
  std::optional<int> limit;
};

constexpr auto kInput =
    shape<DescribeStreamInput>(field("StreamName", &DescribeStreamInput::name, kStreamName),
                               field("Limit", &DescribeStreamInput::limit, range(1, 10000)),
                               field("ExclusiveStartShardId", &DescribeStreamInput::after, kShardId),
                               field("StreamARN", &DescribeStreamInput::arn, kStreamArn), kStreamId);

struct StreamDescription {
  std::string name, arn, status;
  StreamModeDetails mode;
  std::vector<ShardDescription> shards;
  bool has_more = false;
  int retention_hours = 0;
  Time created;
  std::vector<EnhancedMetrics> monitoring;
  std::string encryption;
  std::optional<std::string> key_id;
};

constexpr auto kDescription = shape<StreamDescription>(
    field("StreamName", &StreamDescription::name), field("StreamARN", &StreamDescription::arn),
    field("StreamStatus", &StreamDescription::status),
    field("StreamModeDetails", &StreamDescription::mode, kStreamModeDetails),
    field("Shards", &StreamDescription::shards, kShardDescription),
    field("HasMoreShards", &StreamDescription::has_more),
    field("RetentionPeriodHours", &StreamDescription::retention_hours),
    field("StreamCreationTimestamp", &StreamDescription::created),
    field("EnhancedMonitoring", &StreamDescription::monitoring, kEnhancedMetrics),
    field("EncryptionType", &StreamDescription::encryption), field("KeyId", &StreamDescription::key_id));

struct DescribeStreamOutput {
  StreamDescription description;
};
constexpr auto kOutput =
    shape<DescribeStreamOutput>(field("StreamDescription", &DescribeStreamOutput::description, kDescription));

asio::awaitable<DescribeStreamOutput> describe_stream(Kinesis& k, const Caller& caller,
                                                      DescribeStreamInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  DescribeStreamOutput out;
  StreamDescription& d = out.description;
  d.name = stream->name;
  d.arn = stream->arn();
  d.status = to_string(stream->status);
  d.mode = {stream->mode};
  d.monitoring = {{stream->shard_metrics}};
  d.encryption = stream->encrypted() ? "KMS" : "NONE";
  if (stream->encrypted()) d.key_id = stream->data_key()->kms_key;
  d.retention_hours = stream->retention_hours;
  d.created = whole_seconds(stream->created);
  const std::string after = in.after ? shard_id(parse_shard_id(*in.after).value_or(0)) : "";
  const auto limit = static_cast<std::size_t>(in.limit.value_or(100));
  if (stream->status == StreamStatus::creating) co_return out;  // has no shards yet
  for (const Shard& shard : stream->shards) {
    if (in.after && shard.id() <= after) continue;
    d.has_more = d.shards.size() == limit;
    if (d.has_more) break;
    d.shards.push_back(describe(shard));
  }
  co_return out;
}

}  // namespace

extern const Operation kDescribeStream;
const Operation kDescribeStream =
    operation("DescribeStream", kInput, kOutput, describe_stream).reads().on(stream_of);

}  // namespace millrace::kinesis
