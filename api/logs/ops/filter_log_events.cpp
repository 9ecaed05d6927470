// FilterLogEvents: of all or some streams of a group, by time and by what is in the message; what `aws logs
// tail` asks for. Source: CloudWatch Logs API reference, FilterLogEvents.
#include <algorithm>

#include "api/logs/model.h"
#include "api/logs/resources.h"
#include "api/logs/service.h"
#include "api/logs/shapes.h"

namespace millrace::logs {

namespace {

constexpr std::size_t kPage = 10'000;

struct FilterLogEventsInput {
  std::optional<std::string> group, identifier, prefix, pattern, token;
  std::optional<std::vector<std::string>> streams;
  std::optional<std::int64_t> start, end;
  std::optional<int> limit;
  std::optional<bool> from_head;
};
using In = FilterLogEventsInput;
constexpr auto kInput =
    shape<In>(field("logGroupName", &In::group, kGroupName),
              field("logGroupIdentifier", &In::identifier, kGroupIdentifier),
              field("logStreamNames", &In::streams, length(1, 100)),
              field("logStreamNamePrefix", &In::prefix, kStreamName), field("startTime", &In::start),
              field("endTime", &In::end), field("filterPattern", &In::pattern, length(0, 1024)),
              field("nextToken", &In::token, kToken), field("limit", &In::limit, range(1, 10'000)),
              field("startFromHead", &In::from_head), kUnmask,
              ignored<bool>("interleaved", "deprecated: events of several streams always come in one order"));

struct FilteredEvent {
  std::string stream;
  std::int64_t timestamp = 0;
  std::string message;
  std::int64_t ingested = 0;
  std::string id;
};
constexpr auto kEvent = shape<FilteredEvent>(
    field("logStreamName", &FilteredEvent::stream), field("timestamp", &FilteredEvent::timestamp),
    field("message", &FilteredEvent::message), field("ingestionTime", &FilteredEvent::ingested),
    field("eventId", &FilteredEvent::id));

struct FilterLogEventsOutput {
  std::vector<FilteredEvent> events;
  std::vector<std::string> searched;
  std::optional<std::string> next;
};
using Out = FilterLogEventsOutput;
constexpr auto kOutput =
    shape<Out>(field("events", &Out::events, kEvent), field("searchedLogStreams", &Out::searched),
               field("nextToken", &Out::next));

asio::awaitable<Out> filter_log_events(Logs& l, const Caller& caller, In in) {
  if (!in.from_head.value_or(true)) throw latest_first_not_supported();
  if (in.streams && in.prefix) throw prefix_and_names();
  const auto matches = filter_of(in.pattern.value_or(""));
  const auto wanted = [&](const LogEvent& e) {
    if (in.start && ms_of(e.time) < *in.start) return false;
    if (in.end && ms_of(e.time) > *in.end) return false;
    if (in.prefix && !e.stream.starts_with(*in.prefix)) return false;
    if (in.streams && std::find(in.streams->begin(), in.streams->end(), e.stream) == in.streams->end())
      return false;
    return matches(e.message);
  };
  const std::vector<LogEvent> all = co_await l.events(caller, group_of(caller, in.group, in.identifier));
  const auto most = std::min(kPage, static_cast<std::size_t>(in.limit.value_or(kPage)));
  Out out;
  for (std::size_t i = in.token ? before(all, position_of(*in.token)) : 0; i < all.size(); ++i) {
    const LogEvent& e = all[i];
    if (!wanted(e)) continue;
    if (out.events.size() == most) {
      out.next = LogPosition::behind(all[i - 1]).text();
      break;
    }
    out.events.push_back({e.stream, ms_of(e.time), e.message, ms_of(e.time), e.id});
  }
  co_return out;
}

}  // namespace

extern const Operation kFilterLogEvents;
const Operation kFilterLogEvents =
    operation("FilterLogEvents", kInput, kOutput, filter_log_events).reads().on(group_of_input);

}  // namespace millrace::logs
