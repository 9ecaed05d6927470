// The JSON 1.1 protocol: POST with the operation's name in X-Amz-Target, an object in, an object out.
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation of `table` that X-Amz-Target names behind `prefix` and a dot.
// Checks in AWS's order: method, content type and empty body, body, operation, authentication's form, types,
// constraints. Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_aws_json(std::span<const Operation* const> table,
                                                            void* context, std::string_view prefix,
                                                            Request& request);

// {"__type": code, "message": text}, as this protocol's clients expect it.
[[nodiscard]] HttpResponse aws_json_error(const ApiError& e);

}  // namespace millrace
