// DescribeStreamConsumer: a consumer and its state. Source: Kinesis API reference, DescribeStreamConsumer.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DescribeStreamConsumerInput {
  std::optional<std::string> stream_arn, name, arn;
};
constexpr auto kInput = shape<DescribeStreamConsumerInput>(
    field("StreamARN", &DescribeStreamConsumerInput::stream_arn, kStreamArn),
    field("ConsumerName", &DescribeStreamConsumerInput::name, kStreamName),
    field("ConsumerARN", &DescribeStreamConsumerInput::arn, kConsumerArn), kStreamId);

struct DescribeStreamConsumerOutput {
  ConsumerDescription consumer;
};
constexpr auto kOutput = shape<DescribeStreamConsumerOutput>(
    field("ConsumerDescription", &DescribeStreamConsumerOutput::consumer, kConsumerDescription));

asio::awaitable<DescribeStreamConsumerOutput> describe_stream_consumer(Kinesis& k, const Caller& caller,
                                                                       DescribeStreamConsumerInput in) {
  const Streams::OfConsumer found = k.streams.get(caller, ConsumerReference{in.stream_arn, in.name, in.arn});
  DescribeStreamConsumerOutput out{describe(*found.stream, *found.consumer, k.clock.now())};
  out.consumer.stream_arn = found.stream->arn();
  co_return out;
}

}  // namespace

extern const Operation kDescribeStreamConsumer;
const Operation kDescribeStreamConsumer =
    operation("DescribeStreamConsumer", kInput, kOutput, describe_stream_consumer).reads().on(consumer_of);

}  // namespace millrace::kinesis
