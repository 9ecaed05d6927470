// ListEventSourceMappings: the caller's mappings, of one stream or function if asked, a page at a time.
// Source: Lambda API reference, ListEventSourceMappings.
#include "api/lambda/errors.h"
#include "api/lambda/mappings/mapping_shapes.h"

namespace millrace::lambda {

namespace {

constexpr int kMaxPage = 100;
constexpr std::string_view kPurpose = "lambda ListEventSourceMappings";

struct ListEventSourceMappingsInput {
  std::optional<std::string> source, function, marker;
  std::optional<int> max_items;
};
constexpr auto kInput = shape<ListEventSourceMappingsInput>(
    field("EventSourceArn", &ListEventSourceMappingsInput::source, in_query, kSourceArn),
    field("FunctionName", &ListEventSourceMappingsInput::function, in_query, kMappedFunction),
    field("Marker", &ListEventSourceMappingsInput::marker, in_query),
    field("MaxItems", &ListEventSourceMappingsInput::max_items, in_query, range(1, 10000)));

struct ListEventSourceMappingsOutput {
  std::optional<std::string> marker;
  std::vector<MappingOutput> mappings;
};
constexpr auto kOutput = shape<ListEventSourceMappingsOutput>(
    field("NextMarker", &ListEventSourceMappingsOutput::marker),
    field("EventSourceMappings", &ListEventSourceMappingsOutput::mappings, kMapping));

bool asked_for(const Mapping& m, const ListEventSourceMappingsInput& in) {
  if (in.source && m.source_arn != *in.source) return false;
  if (!in.function) return true;
  const FunctionName wanted = parse_function_name(*in.function);
  return wanted.name == m.function && (!wanted.qualifier || *wanted.qualifier == m.qualifier);
}

asio::awaitable<ListEventSourceMappingsOutput> list_event_source_mappings(Lambda& lambda,
                                                                          const Caller& caller,
                                                                          ListEventSourceMappingsInput in) {
  std::string after;
  if (in.marker && !in.marker->empty()) {
    const auto opened = lambda.functions.seal().open(kPurpose, "", *in.marker);
    if (!opened) throw invalid_marker();
    after = *opened;
  }
  const auto limit = static_cast<std::size_t>(std::min(in.max_items.value_or(kMaxPage), kMaxPage));
  ListEventSourceMappingsOutput out;
  for (const MappingPtr& mapping : lambda.mappings.list(caller.account, caller.region, after)) {
    if (!asked_for(*mapping, in)) continue;
    if (out.mappings.size() == limit) {
      out.marker = lambda.functions.seal().seal(kPurpose, "", out.mappings.back().uuid);
      break;
    }
    out.mappings.push_back(describe(*mapping, lambda.mappings.progress(mapping->uuid)));
  }
  co_return out;
}

}  // namespace

extern const Operation kListEventSourceMappings;
const Operation kListEventSourceMappings =
    operation("ListEventSourceMappings", kInput, kOutput, list_event_source_mappings)
        .http("GET", "/2015-03-31/event-source-mappings")
        .reads()
        .on(every_resource);

}  // namespace millrace::lambda
