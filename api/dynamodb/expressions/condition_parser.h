// ConditionExpression, FilterExpression and the grammar of KeyConditionExpression.
#pragma once

#include <string_view>

#include "api/dynamodb/expressions/condition.h"
#include "api/dynamodb/expressions/placeholders.h"

namespace millrace::dynamodb {

// `member`: of the request, for the texts of errors. Throws ValidationException.
[[nodiscard]] Condition parse_condition(const char* member, std::string_view expression,
                                        Placeholders& placeholders);

}  // namespace millrace::dynamodb
