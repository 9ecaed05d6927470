// DescribeStreamSummary: a stream without its shards. Source: Kinesis API reference, DescribeStreamSummary.
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DescribeStreamSummaryInput {
  std::optional<std::string> name, arn;
};
constexpr auto kInput =
    shape<DescribeStreamSummaryInput>(field("StreamName", &DescribeStreamSummaryInput::name, kStreamName),
                                      field("StreamARN", &DescribeStreamSummaryInput::arn, kStreamArn));

struct StreamSummary {
  std::string name, arn, status = "ACTIVE";
  StreamModeDetails mode;
  int retention_hours = 0;
  Time created;
  std::vector<EnhancedMetrics> monitoring{{}};
  std::string encryption = "NONE";
  int open_shards = 0, consumers = 0;
};
constexpr auto kSummary = shape<StreamSummary>(
    field("StreamName", &StreamSummary::name), field("StreamARN", &StreamSummary::arn),
    field("StreamStatus", &StreamSummary::status),
    field("StreamModeDetails", &StreamSummary::mode, kStreamModeDetails),
    field("RetentionPeriodHours", &StreamSummary::retention_hours),
    field("StreamCreationTimestamp", &StreamSummary::created),
    field("EnhancedMonitoring", &StreamSummary::monitoring, kEnhancedMetrics),
    field("EncryptionType", &StreamSummary::encryption), field("OpenShardCount", &StreamSummary::open_shards),
    field("ConsumerCount", &StreamSummary::consumers));

struct DescribeStreamSummaryOutput {
  StreamSummary summary;
};
constexpr auto kOutput = shape<DescribeStreamSummaryOutput>(
    field("StreamDescriptionSummary", &DescribeStreamSummaryOutput::summary, kSummary));

asio::awaitable<DescribeStreamSummaryOutput> describe_stream_summary(Kinesis& k, const Caller& caller,
                                                                     DescribeStreamSummaryInput in) {
  const StreamPtr stream = k.streams.get(caller, {in.name, in.arn});
  DescribeStreamSummaryOutput out;
  out.summary.name = stream->name;
  out.summary.arn = stream->arn();
  out.summary.mode = {stream->mode};
  out.summary.retention_hours = stream->retention_hours;
  out.summary.created = stream->created;
  out.summary.open_shards = stream->open_shards();
  co_return out;
}

}  // namespace

extern const Operation kDescribeStreamSummary;
const Operation kDescribeStreamSummary =
    operation("DescribeStreamSummary", kInput, kOutput, describe_stream_summary);

}  // namespace millrace::kinesis
