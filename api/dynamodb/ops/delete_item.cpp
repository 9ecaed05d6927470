// DeleteItem: removes an item; it is no error if there is none. Source: DynamoDB API reference.
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

struct DeleteItemInput {
  std::string table;
  Json key;
  std::optional<Json> expected, names, values;
  std::optional<std::string> and_or, return_values, return_consumed, condition, on_failure;
};
using In = DeleteItemInput;
constexpr auto kInput =
    shape<In>(field("TableName", &In::table, required, kTableName), field("Key", &In::key, required),
              field("Expected", &In::expected), field("ConditionalOperator", &In::and_or, kAndOr),
              field("ReturnValues", &In::return_values, kReturnValues),
              field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed), kCollectionMetrics,
              field("ConditionExpression", &In::condition), field("ExpressionAttributeNames", &In::names),
              field("ExpressionAttributeValues", &In::values),
              field("ReturnValuesOnConditionCheckFailure", &In::on_failure, kReturnOnFailure));

asio::awaitable<WriteOutput> delete_item(DynamoDb& d, const Caller& caller, In in) {
  ParameterKinds kinds{.expressions_with_values = {"ConditionExpression"}};
  kinds.expression("ConditionExpression", in.condition);
  kinds.other("Expected", in.expected);
  check_kinds(kinds, in.names, in.values);
  ItemWrite write{.kind = ItemWrite::Kind::remove};
  write.table_key = DynamoDb::place_of(caller, in.table);
  write.item = item_of(in.key);
  if (in.return_values && *in.return_values != "ALL_OLD" && *in.return_values != "NONE")
    throw invalid("ReturnValues can only be ALL_OLD or NONE");
  Placeholders placeholders(or_null(in.names), or_null(in.values));
  write.condition = write_condition(in.condition, in.expected, in.and_or, placeholders);
  placeholders.check_all_used();
  const Written written = co_await write_or_refuse(d, std::move(write), in.on_failure);
  co_return output_of(written, in.return_values, in.return_consumed);
}

}  // namespace

extern const Operation kDeleteItem;
const Operation kDeleteItem =
    operation("DeleteItem", kInput, kWriteOutput, delete_item).writes().on(table_of_input);

}  // namespace millrace::dynamodb
