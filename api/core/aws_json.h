// The protocols JSON 1.1 and CBOR 1.1: POST with the operation's name in X-Amz-Target, an object in, an
// object out in the same format.
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation of `table` that X-Amz-Target names behind `prefix` and a dot.
// Checks in AWS's order: method, content type and empty body, body, operation, authentication's form, types,
// constraints. A body in gzip may become `max_body` bytes. Sets `request.cbor`. Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_aws_json(std::span<const Operation* const> table,
                                                            void* context, std::string_view prefix,
                                                            std::uint64_t max_body, Request& request);

// {"__type": code, "message": text}, as these protocols' clients expect it.
[[nodiscard]] HttpResponse aws_json_error(const ApiError& e, bool cbor);

// Whether the head announces a body in CBOR, or in gzip.
[[nodiscard]] bool sends_cbor(const HttpRequest& head);
[[nodiscard]] bool sends_gzip(const HttpRequest& head);

}  // namespace millrace
