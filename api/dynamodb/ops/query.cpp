// Query: the items of one partition key, in the order of the sort key. Source: DynamoDB API reference.
#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/expressions/key_condition.h"
#include "api/dynamodb/expressions/legacy.h"
#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/page_request.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/values/key_bytes.h"

namespace millrace::dynamodb {

namespace {

using Kind = Condition::Kind;

struct QueryInput {
  std::string table;
  std::optional<std::string> index, select, and_or, return_consumed, projection, filter, key_condition;
  std::optional<std::vector<std::string>> attributes;
  std::optional<int> limit;
  std::optional<bool> consistent, forward;
  std::optional<Json> key_conditions, query_filter, start, names, values;
};
using In = QueryInput;
constexpr auto kInput = shape<In>(
    field("TableName", &In::table, required, kTableName), field("IndexName", &In::index, kIndexName),
    field("Select", &In::select, kSelect), field("AttributesToGet", &In::attributes, length(1, 255)),
    field("Limit", &In::limit, range(1, 2'147'483'647)), field("ConsistentRead", &In::consistent),
    field("KeyConditions", &In::key_conditions), field("QueryFilter", &In::query_filter),
    field("ConditionalOperator", &In::and_or, kAndOr), field("ScanIndexForward", &In::forward),
    field("ExclusiveStartKey", &In::start),
    field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed),
    field("ProjectionExpression", &In::projection), field("FilterExpression", &In::filter),
    field("KeyConditionExpression", &In::key_condition), field("ExpressionAttributeNames", &In::names),
    field("ExpressionAttributeValues", &In::values));

void check_parameters(const In& in) {
  ParameterKinds kinds{.expressions_with_values = {"FilterExpression", "KeyConditionExpression"}};
  kinds.expression("ProjectionExpression", in.projection);
  kinds.expression("FilterExpression", in.filter);
  kinds.expression("KeyConditionExpression", in.key_condition);
  kinds.other("AttributesToGet", in.attributes);
  kinds.other("QueryFilter", in.query_filter);
  kinds.other("ConditionalOperator", in.and_or);
  // KeyConditions may stand beside the other expressions.
  if (in.key_condition) kinds.other("KeyConditions", in.key_conditions);
  check_kinds(kinds, in.names, in.values);
}

bool is_indexable(Kind kind) {
  return kind != Kind::unequal && kind != Kind::contains && kind != Kind::in && kind != Kind::exists &&
         kind != Kind::not_exists;
}

void check_condition(const KeySchema& keys, std::size_t part, const KeyConditions& conditions) {
  const KeyAttribute& key = keys[part];
  if (keys.size() == 1 && conditions.size() > 1) throw invalid("Query key condition not supported");
  const auto found = conditions.find(key.name);
  if (found == conditions.end()) {
    if (part > 0 && conditions.size() == 1) return;
    throw invalid("Query condition missed key schema element: " + key.name);
  }
  if (!is_indexable(found->second.kind))
    throw invalid("Attempted conditional constraint is not an indexable operation");
  for (const Value& value : found->second.values)
    if (value.type() != key.type)
      throw invalid_parameter("Condition parameter type does not match schema type");
  if (part == 0 && found->second.kind != Kind::equal) throw invalid("Query key condition not supported");
}

void check_keys(const PageRequest& request, const KeySchema& keys, const KeyConditions& conditions,
                const std::optional<Item>& start) {
  if (start) check_start_size(*request.table, request.index, *start);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (start) check_start_part(keys, i, *start);
    check_condition(keys, i, conditions);
  }
}

// The rows that the conditions select.
void set_bounds(PageRequest& request, const KeySchema& keys, const KeyConditions& conditions) {
  const Value& partition = conditions.at(keys[0].name).values[0];
  request.prefix =
      (request.index ? index_prefix(*request.table, *request.index) : items_prefix(*request.table)) +
      bucket_of(partition) + part_of(partition);
  const auto found = keys.size() == 2 ? conditions.find(keys[1].name) : conditions.end();
  if (found == conditions.end()) return;
  const std::vector<Value>& values = found->second.values;
  const std::string part = request.prefix + part_of(values[0]);
  switch (found->second.kind) {
    case Kind::equal:
      request.prefix = part;
      return;
    case Kind::begins_with:
      request.prefix += open_part_of(values[0]);
      return;
    case Kind::less:
      request.upper = before_part(part);
      return;
    case Kind::at_most:
      request.upper = behind_part(part);
      return;
    case Kind::greater:
      request.lower = behind_part(part);
      return;
    case Kind::at_least:
      request.lower = before_part(part);
      return;
    default:  // between
      request.lower = before_part(part);
      request.upper = behind_part(request.prefix + part_of(values[1]));
  }
}

bool holds(const KeyCondition& c, const std::string& name, const Item& item) {
  Condition condition;
  condition.kind = c.kind;
  condition.operands.push_back({Operand::Kind::path, Path{name}, {}});
  for (const Value& value : c.values) condition.operands.push_back({Operand::Kind::value, {}, value});
  return condition.holds(item);
}

void start_behind(PageRequest& request, const KeySchema& keys, const KeyConditions& conditions,
                  const Item& start) {
  std::string key = start_row_key(*request.table, request.index, start);
  const bool same_partition = holds(conditions.at(keys[0].name), keys[0].name, start);
  const auto range = keys.size() == 2 ? conditions.find(keys[1].name) : conditions.end();
  if (range != conditions.end() && !holds(range->second, keys[1].name, start))
    throw invalid("The provided starting key does not match the range key predicate");
  if (!same_partition)
    throw invalid(range == conditions.end()
                      ? "The provided starting key is outside query boundaries based on provided conditions"
                      : "The query can return at most one row and cannot be restarted");
  (request.forward ? request.lower : request.upper) = std::move(key);
}

void check_filter(const Condition& filter, const KeySchema& keys, const char* name) {
  std::vector<const Path*> paths;
  filter.collect_paths(paths);
  for (const KeyAttribute& key : keys)
    for (const Path* path : paths)
      if (head_of(*path) == key.name)
        throw invalid(std::string(name) +
                      " can only contain non-primary key attributes: Primary key attribute: " + key.name);
}

asio::awaitable<PageOutput> query(DynamoDb& d, Request& http, In in) {
  check_parameters(in);
  PageRequest request;
  request.filter = filter_of("queryFilter", or_null(in.query_filter), in.and_or && *in.and_or == "OR");
  Selection selection;
  if (in.attributes) selection.paths = attributes_to_get(*in.attributes);
  const std::optional<Item> start = in.start ? std::optional(start_key_of(*in.start)) : std::nullopt;
  if (!in.key_conditions && !in.key_condition)
    throw invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  Placeholders placeholders(or_null(in.names), or_null(in.values));
  std::optional<Condition> key_condition;
  if (in.key_condition)
    key_condition = parse_condition("KeyConditionExpression", *in.key_condition, placeholders);
  if (in.filter) request.filter = parse_condition("FilterExpression", *in.filter, placeholders);
  if (in.projection) selection.paths = parse_projection(*in.projection, placeholders);
  placeholders.check_all_used();
  const KeyConditions conditions = key_condition ? key_conditions_of(*std::move(key_condition))
                                                 : legacy_key_conditions(*in.key_conditions);

  const FoundTable found = d.store.find(DynamoDb::place_of(http.caller, in.table));
  if (!found.table) throw no_table_for_items();
  request.table = found.table;
  selection.consistent = in.consistent.value_or(false);
  request.index = index_to_read(*found.table, in.index, selection.consistent);
  const KeySchema& keys = request.index ? request.index->keys : found.table->keys;
  check_keys(request, keys, conditions, start);
  request.forward = in.forward.value_or(true);
  set_bounds(request, keys, conditions);
  if (start) start_behind(request, keys, conditions, *start);
  check_key_paths(*found.table, selection.paths);
  if (request.filter) check_filter(*request.filter, keys, in.filter ? "Filter Expression" : "QueryFilter");
  request.whole_items = check_select(in.select, *found.table, request.index, !selection.paths.empty());
  if (request.filter) check_key_paths(*found.table, *request.filter);
  selection.count_only = in.select && *in.select == "COUNT";
  selection.return_consumed = in.return_consumed;
  if (in.limit) request.limit = static_cast<std::size_t>(*in.limit);
  co_return co_await answer_page(d.store, http.http.memory, std::move(request), std::move(selection));
}

}  // namespace

extern const Operation kQuery;
const Operation kQuery = operation("Query", kInput, kPageOutput, query).reads().on(table_of_input);

}  // namespace millrace::dynamodb
