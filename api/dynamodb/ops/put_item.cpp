// PutItem: an item, new or in the place of one with the same key. Source: DynamoDB API reference.
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

struct PutItemInput {
  std::string table;
  Json item;
  std::optional<Json> expected, names, values;
  std::optional<std::string> and_or, return_values, return_consumed, condition, on_failure;
};
using In = PutItemInput;
constexpr auto kInput =
    shape<In>(field("TableName", &In::table, required, kTableName), field("Item", &In::item, required),
              field("Expected", &In::expected), field("ReturnValues", &In::return_values, kReturnValues),
              field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed), kCollectionMetrics,
              field("ConditionalOperator", &In::and_or, kAndOr), field("ConditionExpression", &In::condition),
              field("ExpressionAttributeNames", &In::names), field("ExpressionAttributeValues", &In::values),
              field("ReturnValuesOnConditionCheckFailure", &In::on_failure, kReturnOnFailure));

asio::awaitable<WriteOutput> put_item(DynamoDb& d, const Caller& caller, In in) {
  ParameterKinds kinds{.expressions_with_values = {"ConditionExpression"}};
  kinds.expression("ConditionExpression", in.condition);
  kinds.other("Expected", in.expected);
  check_kinds(kinds, in.names, in.values);
  ItemWrite write;
  write.table_key = DynamoDb::place_of(caller, in.table);
  write.item = item_of(in.item);
  if (in.return_values && *in.return_values != "ALL_OLD" && *in.return_values != "NONE")
    throw invalid("ReturnValues can only be ALL_OLD or NONE");
  if (size_of(write.item) > kMaxItemBytes) throw invalid("Item size has exceeded the maximum allowed size");
  Placeholders placeholders(or_null(in.names), or_null(in.values));
  write.condition = write_condition(in.condition, in.expected, in.and_or, placeholders);
  placeholders.check_all_used();
  const Written written = co_await write_or_refuse(d, std::move(write), in.on_failure);
  co_return output_of(written, in.return_values, in.return_consumed);
}

}  // namespace

extern const Operation kPutItem;
const Operation kPutItem = operation("PutItem", kInput, kWriteOutput, put_item).writes().on(table_of_input);

}  // namespace millrace::dynamodb
