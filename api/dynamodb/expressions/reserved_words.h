// The words that an expression may use as attribute names only through ExpressionAttributeNames. Source:
// DynamoDB Developer Guide, "Reserved words in DynamoDB".
#pragma once

#include <string_view>

namespace millrace::dynamodb {

// Without regard to case.
[[nodiscard]] bool is_reserved(std::string_view name);

}  // namespace millrace::dynamodb
