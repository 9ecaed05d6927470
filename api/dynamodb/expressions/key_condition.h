// What a Query asks of the key: KeyConditionExpression or KeyConditions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/core/value_type.h"
#include "api/dynamodb/expressions/condition.h"

namespace millrace::dynamodb {

struct KeyCondition {
  Condition::Kind kind = Condition::Kind::equal;
  std::vector<Value> values;  // two of between
};
// By the name of the attribute: one or two.
using KeyConditions = std::map<std::string, KeyCondition>;

// Of a KeyConditionExpression that was parsed. Throws ValidationException.
[[nodiscard]] KeyConditions key_conditions_of(Condition parsed);
// Throws ValidationException. Comparisons that keys do not have are left to the caller.
[[nodiscard]] KeyConditions legacy_key_conditions(const Json& document);

}  // namespace millrace::dynamodb
