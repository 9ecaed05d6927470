// GetItem: one item by its key. Every read is consistent. Source: DynamoDB API reference.
#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

struct GetItemInput {
  std::string table;
  Json key;
  std::optional<std::vector<std::string>> attributes;
  std::optional<bool> consistent;
  std::optional<std::string> return_consumed, projection;
  std::optional<Json> names;
};
using In = GetItemInput;
constexpr auto kInput = shape<In>(
    field("TableName", &In::table, required, kTableName), field("Key", &In::key, required),
    field("AttributesToGet", &In::attributes, length(1, 255)), field("ConsistentRead", &In::consistent),
    field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed),
    field("ProjectionExpression", &In::projection), field("ExpressionAttributeNames", &In::names));

struct GetItemOutput {
  std::optional<OrderedJson> item, consumed;
};
using Out = GetItemOutput;
constexpr auto kOutput = shape<Out>(field("Item", &Out::item), field("ConsumedCapacity", &Out::consumed));

asio::awaitable<Out> get_item(DynamoDb& d, const Caller& caller, In in) {
  ParameterKinds kinds;
  kinds.expression("ProjectionExpression", in.projection);
  kinds.other("AttributesToGet", in.attributes);
  check_kinds(kinds, in.names);
  const Item key = item_of(in.key);
  std::vector<Path> paths;
  if (in.attributes) paths = attributes_to_get(*in.attributes);
  Placeholders placeholders(or_null(in.names), Json());
  if (in.projection) paths = parse_projection(*in.projection, placeholders);
  placeholders.check_all_used();
  const FoundTable found = d.store.find(DynamoDb::place_of(caller, in.table));
  if (!found.table) throw no_table_for_items();
  check_key(found.table->keys, key);
  check_key_paths(*found.table, paths);
  std::optional<std::string> row;
  const std::optional<Item> item = co_await read_item(d.store, item_row_key(*found.table, key), row);
  Out out;
  if (item) out.item = json_of(paths.empty() ? *item : project(*item, paths));
  out.consumed = consumed(in.return_consumed, *found.table,
                          read_units(item ? size_of(*item) : 0, in.consistent.value_or(false)));
  co_return out;
}

}  // namespace

extern const Operation kGetItem;
const Operation kGetItem = operation("GetItem", kInput, kOutput, get_item).reads().on(table_of_input);

}  // namespace millrace::dynamodb
