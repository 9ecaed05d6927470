// ListStreams: the caller's streams by name, a page at a time. Source: Kinesis API reference, ListStreams.
#include "api/core/dates.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

constexpr std::string_view kPurpose = "kinesis ListStreams";

struct ListStreamsInput {
  std::optional<int> limit;
  std::optional<std::string> after, token;
};
constexpr auto kInput =
    shape<ListStreamsInput>(field("Limit", &ListStreamsInput::limit, range(1, 10000)),
                            field("ExclusiveStartStreamName", &ListStreamsInput::after, kStreamName),
                            field("NextToken", &ListStreamsInput::token, kNextToken));

struct StreamSummary {
  std::string name, arn, status;
  StreamModeDetails mode;
  Time created;
};
constexpr auto kSummary =
    shape<StreamSummary>(field("StreamName", &StreamSummary::name), field("StreamARN", &StreamSummary::arn),
                         field("StreamStatus", &StreamSummary::status),
                         field("StreamModeDetails", &StreamSummary::mode, kStreamModeDetails),
                         field("StreamCreationTimestamp", &StreamSummary::created));

struct ListStreamsOutput {
  std::vector<std::string> names;
  bool has_more = false;
  std::optional<std::string> token;
  std::vector<StreamSummary> summaries;
};
constexpr auto kOutput = shape<ListStreamsOutput>(
    field("StreamNames", &ListStreamsOutput::names), field("HasMoreStreams", &ListStreamsOutput::has_more),
    field("NextToken", &ListStreamsOutput::token),
    field("StreamSummaries", &ListStreamsOutput::summaries, kSummary));

asio::awaitable<ListStreamsOutput> list_streams(Kinesis& k, const Caller& caller, ListStreamsInput in) {
  std::string after = in.after.value_or("");
  if (in.token) {
    const auto opened = k.streams.seal().open(kPurpose, "", *in.token);
    if (!opened) throw invalid_token();
    after = *opened;
  }
  ListStreamsOutput out;
  const auto limit = static_cast<std::size_t>(in.limit.value_or(100));
  for (const StreamPtr& stream : k.streams.list(caller.account, caller.region, after, limit + 1)) {
    out.has_more = out.names.size() == limit;
    if (out.has_more) break;
    out.names.push_back(stream->name);
    out.summaries.push_back({stream->name,
                             stream->arn(),
                             to_string(stream->status),
                             {stream->mode},
                             whole_seconds(stream->created)});
  }
  if (out.has_more) out.token = k.streams.seal().seal(kPurpose, "", out.names.back());
  co_return out;
}

}  // namespace

extern const Operation kListStreams;
const Operation kListStreams =
    operation("ListStreams", kInput, kOutput, list_streams).reads().on(every_resource);

}  // namespace millrace::kinesis
