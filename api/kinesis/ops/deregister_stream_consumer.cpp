// DeregisterStreamConsumer: a consumer goes, and its subscriptions end. Source: Kinesis API reference,
// DeregisterStreamConsumer.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DeregisterStreamConsumerInput {
  std::optional<std::string> stream_arn, name, arn;
};
constexpr auto kInput = shape<DeregisterStreamConsumerInput>(
    field("StreamARN", &DeregisterStreamConsumerInput::stream_arn, kStreamArn),
    field("ConsumerName", &DeregisterStreamConsumerInput::name, kStreamName),
    field("ConsumerARN", &DeregisterStreamConsumerInput::arn, kConsumerArn), kStreamId);

asio::awaitable<Nothing> deregister_stream_consumer(Kinesis& k, const Caller& caller,
                                                    DeregisterStreamConsumerInput in) {
  const Streams::OfConsumer found = k.streams.get(caller, ConsumerReference{in.stream_arn, in.name, in.arn});
  const std::string name = found.consumer->name;
  const Time gone_from = k.clock.now() + k.options.delete_delay;
  const bool at_once = k.options.delete_delay.count() == 0;
  co_await k.streams.update(found.stream, [&](Stream& s) {
    if (at_once) std::erase_if(s.consumers, [&](const Consumer& c) { return c.name == name; });
    for (Consumer& c : s.consumers)
      if (c.name == name && !c.gone_from) c.gone_from = gone_from;
  });
  k.subscriptions.forget(found.stream->arn_of(*found.consumer));
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeregisterStreamConsumer;
const Operation kDeregisterStreamConsumer =
    operation("DeregisterStreamConsumer", kInput, kNothing, deregister_stream_consumer)
        .writes()
        .on(consumer_of);

}  // namespace millrace::kinesis
