// UpdateItem: changes attributes of an item, and makes it if there is none. Source: DynamoDB API reference.
#include "api/dynamodb/expressions/legacy.h"
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

struct UpdateItemInput {
  std::string table;
  Json key;
  std::optional<Json> updates, expected, names, values;
  std::optional<std::string> and_or, return_values, return_consumed, update, condition, on_failure;
};
using In = UpdateItemInput;
constexpr auto kInput =
    shape<In>(field("TableName", &In::table, required, kTableName), field("Key", &In::key, required),
              field("AttributeUpdates", &In::updates), field("Expected", &In::expected),
              field("ConditionalOperator", &In::and_or, kAndOr),
              field("ReturnValues", &In::return_values, kReturnValues),
              field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed), kCollectionMetrics,
              field("UpdateExpression", &In::update), field("ConditionExpression", &In::condition),
              field("ExpressionAttributeNames", &In::names), field("ExpressionAttributeValues", &In::values),
              field("ReturnValuesOnConditionCheckFailure", &In::on_failure, kReturnOnFailure));

asio::awaitable<WriteOutput> update_item(DynamoDb& d, const Caller& caller, In in) {
  ParameterKinds kinds{.expressions_with_values = {"UpdateExpression", "ConditionExpression"}};
  kinds.expression("UpdateExpression", in.update);
  kinds.expression("ConditionExpression", in.condition);
  kinds.other("AttributeUpdates", in.updates);
  kinds.other("Expected", in.expected);
  check_kinds(kinds, in.names, in.values);
  ItemWrite write{.kind = ItemWrite::Kind::update};
  write.table_key = DynamoDb::place_of(caller, in.table);
  write.item = item_of(in.key);
  if (in.updates) write.update = attribute_updates(*in.updates);
  Placeholders placeholders(or_null(in.names), or_null(in.values));
  if (in.update) write.update = parse_update(*in.update, placeholders);
  write.condition = write_condition(in.condition, in.expected, in.and_or, placeholders);
  placeholders.check_all_used();
  const std::vector<Path> paths = write.update ? write.update->paths() : std::vector<Path>();
  const Written written = co_await write_or_refuse(d, std::move(write), in.on_failure);
  co_return output_of(written, in.return_values, in.return_consumed, paths);
}

}  // namespace

extern const Operation kUpdateItem;
const Operation kUpdateItem =
    operation("UpdateItem", kInput, kWriteOutput, update_item).writes().on(table_of_input);

}  // namespace millrace::dynamodb
