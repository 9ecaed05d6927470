// The forms from before expressions, which the KCL uses: Expected, AttributeUpdates, KeyConditions,
// QueryFilter, ScanFilter. They become conditions and updates. Source: DynamoDB Developer Guide, "Legacy
// conditional parameters".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/core/value_type.h"
#include "api/dynamodb/expressions/condition.h"
#include "api/dynamodb/expressions/update.h"

namespace millrace::dynamodb {

struct LegacyCondition {
  std::string attribute;
  Condition condition;   // the first operand is the attribute
  bool negated = false;  // NOT_CONTAINS
};

// Of QueryFilter, ScanFilter or KeyConditions. `name`: the document's in AWS's texts. Throws ApiError.
[[nodiscard]] std::vector<LegacyCondition> legacy_conditions(const char* name, const Json& document);

// Absent without a document or with an empty one. `either`: ConditionalOperator is OR. Throw ApiError.
[[nodiscard]] std::optional<Condition> filter_of(const char* name, const Json& document, bool either);
[[nodiscard]] std::optional<Condition> expectation_of(const Json& document, bool either);

[[nodiscard]] Update attribute_updates(const Json& document);

}  // namespace millrace::dynamodb
