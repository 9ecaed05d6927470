// What requests for items have in common: conditions in both forms, and the answer of a write.
#pragma once

#include "api/dynamodb/item_write.h"
#include "api/dynamodb/service.h"
#include "api/dynamodb/shapes.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {

// The condition of ConditionExpression, or of Expected and ConditionalOperator. Throws ApiError.
[[nodiscard]] std::optional<Condition> write_condition(const std::optional<std::string>& expression,
                                                       const std::optional<Json>& expected,
                                                       const std::optional<std::string>& and_or,
                                                       Placeholders& placeholders);

// Writes, and turns a condition that does not hold into the error. `on_failure`:
// ReturnValuesOnConditionCheckFailure.
[[nodiscard]] asio::awaitable<Written> write_or_refuse(DynamoDb& d, ItemWrite write,
                                                       std::optional<std::string> on_failure);

inline constexpr std::size_t kMaxTransactItems = 100;
[[nodiscard]] ApiError wrong_transact_count(std::size_t count);

// What PutItem, UpdateItem and DeleteItem answer.
struct WriteOutput {
  std::optional<OrderedJson> attributes, consumed;
};
inline constexpr auto kWriteOutput = shape<WriteOutput>(field("Attributes", &WriteOutput::attributes),
                                                        field("ConsumedCapacity", &WriteOutput::consumed));

// `paths`: of the update, for UPDATED_OLD and UPDATED_NEW.
[[nodiscard]] WriteOutput output_of(const Written& written, const std::optional<std::string>& return_values,
                                    const std::optional<std::string>& return_consumed,
                                    const std::vector<Path>& paths = {});

}  // namespace millrace::dynamodb
