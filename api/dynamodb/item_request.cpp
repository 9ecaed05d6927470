#include "api/dynamodb/item_request.h"

#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/expressions/legacy.h"

namespace millrace::dynamodb {

std::optional<Condition> write_condition(const std::optional<std::string>& expression,
                                         const std::optional<Json>& expected,
                                         const std::optional<std::string>& and_or,
                                         Placeholders& placeholders) {
  if (and_or && !expected)
    throw invalid_parameter("ConditionalOperator cannot be used without Filter or Expected");
  if (expected) return expectation_of(*expected, and_or && *and_or == "OR");
  if (!expression) return std::nullopt;
  return parse_condition("ConditionExpression", *expression, placeholders);
}

asio::awaitable<Written> write_or_refuse(DynamoDb& d, ItemWrite write,
                                         std::optional<std::string> on_failure) {
  std::optional<ConditionFailure> failure;
  try {
    co_return co_await write_item(d.store, std::move(write));
  } catch (ConditionFailure& f) {
    failure = std::move(f);
  }
  if (failure->item && on_failure && *on_failure == "ALL_OLD")
    throw condition_failed(
        json_of(*failure->item).dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
  throw condition_failed();
}

ApiError wrong_transact_count(std::size_t count) {
  return invalid(
      std::string("1 validation error detected: Value '[...]' at 'transactItems' failed to satisfy "
                  "constraint: Member must have length ") +
      (count == 0 ? "greater than or equal to 1" : "less than or equal to 100"));
}

WriteOutput output_of(const Written& written, const std::optional<std::string>& return_values,
                      const std::optional<std::string>& return_consumed, const std::vector<Path>& paths) {
  WriteOutput out;
  const std::string wanted = return_values.value_or("NONE");
  const bool old = wanted == "ALL_OLD" || wanted == "UPDATED_OLD";
  const std::optional<Item>& item = old ? written.before : written.after;
  if (item && wanted.starts_with("ALL_")) out.attributes = json_of(*item);
  if (item && wanted.starts_with("UPDATED_")) {
    const Item updated = project(*item, paths);
    if (!updated.empty()) out.attributes = json_of(updated);
  }
  out.consumed = consumed(return_consumed, *written.table, write_units(written.before, written.after));
  return out;
}

}  // namespace millrace::dynamodb
