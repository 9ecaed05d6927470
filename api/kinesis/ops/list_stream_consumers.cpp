// ListStreamConsumers: a stream's consumers by name, a page at a time. Source: Kinesis API reference,
// ListStreamConsumers.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

constexpr std::string_view kPurpose = "kinesis ListStreamConsumers";

struct ListStreamConsumersInput {
  std::string arn;
  std::optional<std::string> token;
  std::optional<int> max_results;
  std::optional<Time> created;
};
constexpr auto kInput = shape<ListStreamConsumersInput>(
    field("StreamARN", &ListStreamConsumersInput::arn, required, kStreamArn), kStreamId,
    field("NextToken", &ListStreamConsumersInput::token, kNextToken),
    field("MaxResults", &ListStreamConsumersInput::max_results, range(1, 10000)),
    field("StreamCreationTimestamp", &ListStreamConsumersInput::created));

struct ListStreamConsumersOutput {
  std::vector<ConsumerDescription> consumers;
  std::optional<std::string> token;
};
constexpr auto kOutput = shape<ListStreamConsumersOutput>(
    field("Consumers", &ListStreamConsumersOutput::consumers, kConsumerDescription),
    field("NextToken", &ListStreamConsumersOutput::token));

// A token carries when it was given, of which stream, and the last name.
std::string open_token(Kinesis& k, const Stream& stream, const std::string& token) {
  const auto plain = k.streams.seal().open(kPurpose, "", token);
  if (!plain) throw invalid_token();
  const Json parts = Json::parse(*plain);
  if (k.clock.now() - Time(std::chrono::milliseconds(parts[0].get<std::int64_t>())) > kTokenLife)
    throw expired_token();
  if (parts[1] != stream.number) throw invalid_token();
  return parts[2];
}

asio::awaitable<ListStreamConsumersOutput> list_stream_consumers(Kinesis& k, const Caller& caller,
                                                                 ListStreamConsumersInput in) {
  if (in.token && in.created) throw not_beside_token("StreamCreationTimestamp");
  const StreamPtr stream = k.streams.get(caller, StreamReference{std::nullopt, in.arn});
  using std::chrono::seconds, std::chrono::floor;
  if (in.created && floor<seconds>(*in.created) != floor<seconds>(stream->created))
    throw stream_not_found(stream->name, stream->account);
  const std::string after = in.token ? open_token(k, *stream, *in.token) : "";
  const Time now = k.clock.now();
  std::map<std::string, const Consumer*> by_name;
  for (const Consumer& c : stream->consumers)
    if (c.name > after) by_name[c.name] = &c;
  ListStreamConsumersOutput out;
  for (const auto& [name, consumer] : by_name) {
    if (out.consumers.size() == static_cast<std::size_t>(in.max_results.value_or(100))) {
      const Json plain{now.time_since_epoch().count(), stream->number, out.consumers.back().name};
      out.token = k.streams.seal().seal(kPurpose, "", plain.dump());
      break;
    }
    out.consumers.push_back(describe(*stream, *consumer, now));
  }
  co_return out;
}

}  // namespace

extern const Operation kListStreamConsumers;
const Operation kListStreamConsumers =
    operation("ListStreamConsumers", kInput, kOutput, list_stream_consumers).reads().on(stream_of);

}  // namespace millrace::kinesis
