// Members of structures in requests that are read as documents: those of batches and transactions.
#pragma once

#include <optional>
#include <string>

#include "api/core/value_type.h"

namespace millrace::dynamodb {

// Throws SerializationException if `object` is not an object.
[[nodiscard]] std::optional<Json> json_member(const Json& object, const char* name);
[[nodiscard]] std::optional<std::string> text_member(const Json& object, const char* name);
// Throw ValidationException if the member is missing; `path`: of the structure, in AWS's texts.
[[nodiscard]] Json required_json(const Json& object, const char* name, const std::string& path);
[[nodiscard]] std::string required_text(const Json& object, const char* name, const std::string& path);

}  // namespace millrace::dynamodb
