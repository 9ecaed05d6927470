// GetLogEvents: one stream, forwards or backwards, a page at a time. At an end the token is the one that was
// given, by which clients know it. Source: CloudWatch Logs API reference, GetLogEvents.
#include <algorithm>

#include "api/logs/model.h"
#include "api/logs/resources.h"
#include "api/logs/service.h"
#include "api/logs/shapes.h"

namespace millrace::logs {

namespace {

constexpr std::size_t kPage = 10'000;
constexpr std::string_view kForward = "f/", kBackward = "b/";

struct GetLogEventsInput {
  std::optional<std::string> group, identifier, token;
  std::string stream;
  std::optional<std::int64_t> start, end;
  std::optional<int> limit;
  std::optional<bool> from_head;
};
using In = GetLogEventsInput;
constexpr auto kInput =
    shape<In>(field("logGroupName", &In::group, kGroupName),
              field("logGroupIdentifier", &In::identifier, kGroupIdentifier),
              field("logStreamName", &In::stream, required, kStreamName), field("startTime", &In::start),
              field("endTime", &In::end), field("nextToken", &In::token, kToken),
              field("limit", &In::limit, range(1, 10'000)), field("startFromHead", &In::from_head), kUnmask);

struct EventOutput {
  std::int64_t timestamp = 0;
  std::string message;
  std::int64_t ingested = 0;
};
constexpr auto kEvent =
    shape<EventOutput>(field("timestamp", &EventOutput::timestamp), field("message", &EventOutput::message),
                       field("ingestionTime", &EventOutput::ingested));

struct GetLogEventsOutput {
  std::vector<EventOutput> events;
  std::string forward, backward;
};
using Out = GetLogEventsOutput;
constexpr auto kOutput =
    shape<Out>(field("events", &Out::events, kEvent), field("nextForwardToken", &Out::forward),
               field("nextBackwardToken", &Out::backward));

asio::awaitable<Out> get_log_events(Logs& l, const Caller& caller, In in) {
  std::vector<LogEvent> all = co_await l.events(caller, group_of(caller, in.group, in.identifier));
  std::erase_if(all, [&](const LogEvent& e) { return e.stream != in.stream; });
  if (all.empty()) throw stream_not_found();
  std::erase_if(all, [&](const LogEvent& e) {
    return (in.start && ms_of(e.time) < *in.start) || (in.end && ms_of(e.time) >= *in.end);
  });
  const auto most = std::min(kPage, static_cast<std::size_t>(in.limit.value_or(kPage)));
  std::size_t first = 0, behind = all.size();
  if (in.token && in.token->starts_with(kForward)) {
    first = before(all, position_of(in.token->substr(2)));
    behind = std::min(all.size(), first + most);
  } else if (in.token && in.token->starts_with(kBackward)) {
    behind = before(all, position_of(in.token->substr(2)));
    first = behind - std::min(behind, most);
  } else if (in.token) {
    throw invalid_token();
  } else if (in.from_head.value_or(false)) {
    behind = std::min(all.size(), most);
  } else {
    first = behind - std::min(behind, most);
  }
  Out out;
  for (std::size_t i = first; i < behind; ++i)
    out.events.push_back({ms_of(all[i].time), all[i].message, ms_of(all[i].time)});
  const auto at = [&](std::size_t i) {
    return (i == 0 ? LogPosition{} : LogPosition::behind(all[i - 1])).text();
  };
  out.forward = std::string(kForward) + at(behind);
  out.backward = std::string(kBackward) + at(first);
  co_return out;
}

}  // namespace

extern const Operation kGetLogEvents;
const Operation kGetLogEvents =
    operation("GetLogEvents", kInput, kOutput, get_log_events).reads().on(group_of_input);

}  // namespace millrace::logs
