// DescribeLogStreams: a stream for each worker whose output is still kept.
// Source: CloudWatch Logs API reference, DescribeLogStreams.
#include <algorithm>

#include "api/core/arn.h"
#include "api/logs/model.h"
#include "api/logs/resources.h"
#include "api/logs/service.h"
#include "api/logs/shapes.h"

namespace millrace::logs {

namespace {

constexpr std::size_t kPage = 50;

struct DescribeLogStreamsInput {
  std::optional<std::string> group, identifier, prefix, order, token;
  std::optional<bool> descending;
  std::optional<int> limit;
};
using In = DescribeLogStreamsInput;
constexpr auto kInput =
    shape<In>(field("logGroupName", &In::group, kGroupName),
              field("logGroupIdentifier", &In::identifier, kGroupIdentifier),
              field("logStreamNamePrefix", &In::prefix, kStreamName),
              field("orderBy", &In::order, one_of<"LogStreamName", "LastEventTime">),
              field("descending", &In::descending), field("nextToken", &In::token, kToken),
              field("limit", &In::limit, range(1, 50)));

struct StreamOutput {
  std::string name, arn;
  std::int64_t created = 0, first = 0, last = 0, ingested = 0, bytes = 0;
};
constexpr auto kStream = shape<StreamOutput>(
    field("logStreamName", &StreamOutput::name), field("creationTime", &StreamOutput::created),
    field("firstEventTimestamp", &StreamOutput::first), field("lastEventTimestamp", &StreamOutput::last),
    field("lastIngestionTime", &StreamOutput::ingested), field("arn", &StreamOutput::arn),
    field("storedBytes", &StreamOutput::bytes));

struct DescribeLogStreamsOutput {
  std::vector<StreamOutput> streams;
  std::optional<std::string> next;
};
using Out = DescribeLogStreamsOutput;
constexpr auto kOutput =
    shape<Out>(field("logStreams", &Out::streams, kStream), field("nextToken", &Out::next));

asio::awaitable<Out> describe_log_streams(Logs& l, const Caller& caller, In in) {
  const std::string group = group_of(caller, in.group, in.identifier);
  if (in.order == "LastEventTime" && in.prefix) throw ordered_by_time_with_prefix();
  std::vector<LogStream> all = streams_of(co_await l.events(caller, group));
  if (in.prefix) std::erase_if(all, [&](const LogStream& s) { return !s.name.starts_with(*in.prefix); });
  if (in.order == "LastEventTime")
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.last < b.last; });
  if (in.descending.value_or(false)) std::reverse(all.begin(), all.end());
  auto at = all.begin();
  if (in.token) {
    at = std::find_if(all.begin(), all.end(), [&](const LogStream& s) { return s.name == *in.token; });
    if (at == all.end()) throw invalid_token();
    ++at;
  }
  Out out;
  for (; at != all.end() && out.streams.size() < static_cast<std::size_t>(in.limit.value_or(kPage)); ++at) {
    const std::string arn =
        arn_of("logs", caller.region, caller.account, "log-group:" + group + ":log-stream:" + at->name);
    out.streams.push_back(
        {at->name, arn, ms_of(at->first), ms_of(at->first), ms_of(at->last), ms_of(at->last)});
  }
  if (at != all.end()) out.next = out.streams.back().name;
  co_return out;
}

}  // namespace

extern const Operation kDescribeLogStreams;
const Operation kDescribeLogStreams =
    operation("DescribeLogStreams", kInput, kOutput, describe_log_streams).reads().on(group_of_input);

}  // namespace millrace::logs
