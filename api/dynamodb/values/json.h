// Values in the JSON of requests and responses: {"S": "text"}, {"N": "1.5"}, {"L": [...]}.
#pragma once

#include <string>
#include <vector>

#include "api/core/value_type.h"
#include "api/dynamodb/values/value.h"

namespace millrace::dynamodb {

// Throw ApiError: SerializationException where the JSON has another type than the model says, otherwise
// ValidationException with AWS's text.
[[nodiscard]] Value value_of(const Json& json);
// An item, a key, or the values of expressions.
[[nodiscard]] Item item_of(const Json& json);

// The type and value under their name, for attributes that exist. UTF-8 is not checked again.
[[nodiscard]] OrderedJson json_of(const Value& value);
[[nodiscard]] OrderedJson json_of(const Item& item);

// Throw SerializationException if the JSON has another type.
void expect_object(const Json& json);
void expect_list(const Json& json);
[[nodiscard]] const std::string& text_of(const Json& json);
[[nodiscard]] bool flag_of(const Json& json);

}  // namespace millrace::dynamodb
