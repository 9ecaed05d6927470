// DescribeStreamSummary: a stream without its shards. Source: Kinesis API reference, DescribeStreamSummary.
#include "api/core/dates.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DescribeStreamSummaryInput {
  std::optional<std::string> name, arn;
};
constexpr auto kInput = shape<DescribeStreamSummaryInput>(
    field("StreamName", &DescribeStreamSummaryInput::name, kStreamName),
    field("StreamARN", &DescribeStreamSummaryInput::arn, kStreamArn), kStreamId);

struct StreamSummary {
  std::string name, arn, status;
  StreamModeDetails mode;
  int retention_hours = 0;
  Time created;
  std::vector<EnhancedMetrics> monitoring;
  std::string encryption;
  std::optional<std::string> key_id;
  int open_shards = 0, consumers = 0;
  std::optional<WarmThroughput> warm;
  int max_record_kib = 0;
  std::optional<std::string> distribution;
};
constexpr auto kSummary = shape<StreamSummary>(
    field("StreamName", &StreamSummary::name), field("StreamARN", &StreamSummary::arn),
    field("StreamStatus", &StreamSummary::status),
    field("StreamModeDetails", &StreamSummary::mode, kStreamModeDetails),
    field("RetentionPeriodHours", &StreamSummary::retention_hours),
    field("StreamCreationTimestamp", &StreamSummary::created),
    field("EnhancedMonitoring", &StreamSummary::monitoring, kEnhancedMetrics),
    field("EncryptionType", &StreamSummary::encryption), field("KeyId", &StreamSummary::key_id),
    field("OpenShardCount", &StreamSummary::open_shards), field("ConsumerCount", &StreamSummary::consumers),
    field("WarmThroughput", &StreamSummary::warm, kWarmThroughput),
    field("MaxRecordSizeInKiB", &StreamSummary::max_record_kib),
    field("RecordDistributionStrategy", &StreamSummary::distribution));

struct DescribeStreamSummaryOutput {
  StreamSummary summary;
};
constexpr auto kOutput = shape<DescribeStreamSummaryOutput>(
    field("StreamDescriptionSummary", &DescribeStreamSummaryOutput::summary, kSummary));

asio::awaitable<DescribeStreamSummaryOutput> describe_stream_summary(Kinesis& k, const Caller& caller,
                                                                     DescribeStreamSummaryInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  DescribeStreamSummaryOutput out;
  StreamSummary& s = out.summary;
  s.name = stream->name;
  s.arn = stream->arn();
  s.status = to_string(stream->status);
  s.mode = {stream->mode};
  s.retention_hours = stream->retention_hours;
  s.created = whole_seconds(stream->created);
  s.monitoring = {{stream->shard_metrics}};
  s.encryption = stream->encrypted() ? "KMS" : "NONE";
  if (stream->encrypted()) s.key_id = stream->data_key()->kms_key;
  s.open_shards = stream->status == StreamStatus::creating ? 0 : stream->open_shards();
  s.consumers = static_cast<int>(stream->consumers.size());
  s.warm = warm_throughput_of(*stream);
  s.max_record_kib = stream->max_record_kib;
  if (stream->on_demand()) s.distribution = stream->distributes_records() ? "AUTO" : "USER_PARTITION_KEY";
  co_return out;
}

}  // namespace

extern const Operation kDescribeStreamSummary;
const Operation kDescribeStreamSummary =
    operation("DescribeStreamSummary", kInput, kOutput, describe_stream_summary).reads().on(stream_of);

}  // namespace millrace::kinesis
