// RegisterStreamConsumer: a consumer of a stream, which may then subscribe to its shards. Source: Kinesis API
// reference, RegisterStreamConsumer.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"
#include "api/kinesis/warm_throughput.h"

namespace millrace::kinesis {

namespace {

constexpr std::size_t kMaxConsumers = 20, kMaxAdvantageConsumers = 50, kMaxCreating = 5;

struct RegisterStreamConsumerInput {
  std::string arn, name;
  Tags tags;
};
constexpr auto kInput = shape<RegisterStreamConsumerInput>(
    field("StreamARN", &RegisterStreamConsumerInput::arn, required, kStreamArn), kStreamId,
    field("ConsumerName", &RegisterStreamConsumerInput::name, required, kStreamName),
    field("Tags", &RegisterStreamConsumerInput::tags, kTagCount, keys(kTagKey), each(kTagValue)));

struct RegisterStreamConsumerOutput {
  ConsumerDescription consumer;
};
constexpr auto kOutput = shape<RegisterStreamConsumerOutput>(
    field("Consumer", &RegisterStreamConsumerOutput::consumer, kConsumerDescription));

void check_room(const Stream& s, std::size_t limit, Time now) {
  if (s.consumers.size() >= limit) throw too_many_consumers(s.name, limit);
  const auto creating = std::count_if(s.consumers.begin(), s.consumers.end(),
                                      [&](const Consumer& c) { return now < c.active_from; });
  if (static_cast<std::size_t>(creating) >= kMaxCreating) throw too_many_creating_consumers(kMaxCreating);
}

asio::awaitable<RegisterStreamConsumerOutput> register_stream_consumer(Kinesis& k, const Caller& caller,
                                                                       RegisterStreamConsumerInput in) {
  const StreamPtr stream = k.streams.get_usable(caller, StreamReference{std::nullopt, in.arn});
  check_tags(in.tags);
  const Time now = k.clock.now();
  const bool advantage = stream->on_demand() && committed(k.streams.commitment(caller), now);
  Consumer consumer;
  consumer.name = in.name;
  consumer.created = now;
  consumer.active_from = now + k.options.create_delay;
  add_tags(consumer.tags, in.tags, in.name);
  co_await k.streams.update(stream, [&](Stream& s) {
    if (s.find_consumer(in.name)) throw consumer_exists(in.name, s.name);
    check_room(s, advantage ? kMaxAdvantageConsumers : kMaxConsumers, now);
    s.consumers.push_back(consumer);
  });
  RegisterStreamConsumerOutput out{describe(*stream, consumer, now)};
  out.consumer.status = "CREATING";  // as AWS answers, however soon it is over
  co_return out;
}

}  // namespace

extern const Operation kRegisterStreamConsumer;
const Operation kRegisterStreamConsumer =
    operation("RegisterStreamConsumer", kInput, kOutput, register_stream_consumer).writes().on(stream_of);

}  // namespace millrace::kinesis
