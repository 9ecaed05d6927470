// Scan: all items of a table or index, or those of one segment of them. Source: DynamoDB API reference.
#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/expressions/legacy.h"
#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/page_request.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/values/key_bytes.h"

namespace millrace::dynamodb {

namespace {

struct ScanInput {
  std::string table;
  std::optional<std::string> index, select, and_or, return_consumed, projection, filter;
  std::optional<std::vector<std::string>> attributes;
  std::optional<int> limit, segments, segment;
  std::optional<bool> consistent;
  std::optional<Json> scan_filter, start, names, values;
};
using In = ScanInput;
constexpr auto kInput = shape<In>(
    field("TableName", &In::table, required, kTableName), field("IndexName", &In::index, kIndexName),
    field("AttributesToGet", &In::attributes, length(1, 255)),
    field("Limit", &In::limit, range(1, 2'147'483'647)), field("Select", &In::select, kSelect),
    field("ScanFilter", &In::scan_filter), field("ConditionalOperator", &In::and_or, kAndOr),
    field("ExclusiveStartKey", &In::start),
    field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed),
    field("TotalSegments", &In::segments, range(1, 1'000'000)),
    field("Segment", &In::segment, range(0, 999'999)), field("ProjectionExpression", &In::projection),
    field("FilterExpression", &In::filter), field("ExpressionAttributeNames", &In::names),
    field("ExpressionAttributeValues", &In::values), field("ConsistentRead", &In::consistent));

void check_parameters(const In& in) {
  ParameterKinds kinds{.expressions_with_values = {"FilterExpression"}};
  kinds.expression("ProjectionExpression", in.projection);
  kinds.expression("FilterExpression", in.filter);
  kinds.other("AttributesToGet", in.attributes);
  kinds.other("ScanFilter", in.scan_filter);
  kinds.other("ConditionalOperator", in.and_or);
  check_kinds(kinds, in.names, in.values);
}

void check_segments(const In& in) {
  if (in.segment && !in.segments)
    throw invalid(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter "
        "is "
        "present");
  if (in.segments && !in.segment)
    throw invalid(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments "
        "is "
        "present");
  if (in.segments && *in.segment >= *in.segments)
    throw invalid(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
        std::to_string(*in.segment) + " is not less than TotalSegments: " + std::to_string(*in.segments));
}

// A segment has the buckets of its part of all.
void set_segment(PageRequest& request, std::uint64_t segment, std::uint64_t segments) {
  const auto start_of = [&](std::uint64_t s) { return kBuckets * s / segments; };
  if (segment > 0) request.lower = request.prefix + bucket_bytes(start_of(segment));
  if (segment + 1 < segments) request.upper = request.prefix + bucket_bytes(start_of(segment + 1));
}

void check_index_start(const PageRequest& request, const Item& start) {
  check_start_size(*request.table, request.index, start);
  for (std::size_t i = 0; i < request.index->keys.size(); ++i)
    check_start_part(request.index->keys, i, start);
}

void start_behind(PageRequest& request, const Item& start, const In& in) {
  const std::string key = start_row_key(*request.table, request.index, start);
  if ((!request.lower.empty() && key <= request.lower) || (!request.upper.empty() && key >= request.upper))
    throw invalid(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
        "correct "
        "Segment. TotalSegments: " +
        std::to_string(*in.segments) + " Segment: " + std::to_string(*in.segment));
  request.lower = key;
}

asio::awaitable<PageOutput> scan(DynamoDb& d, Request& http, In in) {
  check_parameters(in);
  Selection selection;
  if (in.attributes) selection.paths = attributes_to_get(*in.attributes);
  PageRequest request;
  request.filter = filter_of("scanFilter", or_null(in.scan_filter), in.and_or && *in.and_or == "OR");
  const std::optional<Item> start = in.start ? std::optional(start_key_of(*in.start)) : std::nullopt;
  check_segments(in);
  Placeholders placeholders(or_null(in.names), or_null(in.values));
  if (in.filter) request.filter = parse_condition("FilterExpression", *in.filter, placeholders);
  if (in.projection) selection.paths = parse_projection(*in.projection, placeholders);
  placeholders.check_all_used();

  const FoundTable found = d.store.find(DynamoDb::place_of(http.caller, in.table));
  if (!found.table) throw no_table_for_items();
  request.table = found.table;
  selection.consistent = in.consistent.value_or(false);
  request.index = index_to_read(*found.table, in.index, selection.consistent);
  request.prefix = request.index ? index_prefix(*found.table, *request.index) : items_prefix(*found.table);
  if (start && request.index) check_index_start(request, *start);
  request.whole_items = check_select(in.select, *found.table, request.index, !selection.paths.empty());
  if (in.segments)
    set_segment(request, static_cast<std::uint64_t>(*in.segment), static_cast<std::uint64_t>(*in.segments));
  if (start) start_behind(request, *start, in);
  check_key_paths(*found.table, selection.paths);
  if (request.filter) check_key_paths(*found.table, *request.filter);
  selection.count_only = in.select && *in.select == "COUNT";
  selection.return_consumed = in.return_consumed;
  if (in.limit) request.limit = static_cast<std::size_t>(*in.limit);
  co_return co_await answer_page(d.store, http.http.memory, std::move(request), std::move(selection));
}

}  // namespace

extern const Operation kScan;
const Operation kScan = operation("Scan", kInput, kPageOutput, scan).reads().on(table_of_input);

}  // namespace millrace::dynamodb
