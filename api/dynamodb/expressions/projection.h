// ProjectionExpression: which attributes a read returns.
#pragma once

#include <string_view>
#include <vector>

#include "api/dynamodb/expressions/path.h"
#include "api/dynamodb/expressions/placeholders.h"

namespace millrace::dynamodb {

// Throws ValidationException.
[[nodiscard]] std::vector<Path> parse_projection(std::string_view expression, Placeholders& placeholders);

}  // namespace millrace::dynamodb
