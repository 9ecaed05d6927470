// The protocols JSON 1.0, JSON 1.1 and CBOR 1.1: POST with the operation's name in X-Amz-Target, an object
// in, an object out in the same format.
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation that X-Amz-Target names behind the model's target and a dot.
// Checks in AWS's order: method, content type and empty body, body, operation, authentication's form, types,
// constraints. A body in gzip may become `max_body` bytes. Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_aws_json(const ServiceModel& model, void* service,
                                                            std::uint64_t max_body, Request& request);

// By the content type; where that is none of them, the first that the service speaks.
[[nodiscard]] Protocol aws_json_protocol(const ServiceModel& model, const HttpRequest& head);

// Whether the head announces a body in gzip.
[[nodiscard]] bool sends_gzip(const HttpRequest& head);

}  // namespace millrace
