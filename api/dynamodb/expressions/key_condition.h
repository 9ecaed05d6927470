// What a Query asks of the key: KeyConditionExpression or KeyConditions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/value_type.h"
#include "api/dynamodb/expressions/condition.h"
#include "api/dynamodb/expressions/placeholders.h"

namespace millrace::dynamodb {

struct KeyCondition {
  Condition::Kind kind = Condition::Kind::equal;
  std::vector<Value> values;  // two of between
};
// By the name of the attribute: one or two.
using KeyConditions = std::map<std::string, KeyCondition>;

// Both throw ValidationException.
[[nodiscard]] KeyConditions parse_key_condition(std::string_view expression, Placeholders& placeholders);
[[nodiscard]] KeyConditions legacy_key_conditions(const Json& document);

}  // namespace millrace::dynamodb
