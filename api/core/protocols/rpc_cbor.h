// The protocol RPC v2 CBOR (smithy.io, "Smithy RPC v2 CBOR protocol"): POST
// /service/{target}/operation/{name}, a map in, a map out; times are seconds under tag 1.
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation that the path names. A body that is absent counts as an empty map; one
// in gzip may become `max_body` bytes. Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_rpc_cbor(const ServiceModel& model, void* service,
                                                            std::uint64_t max_body, Request& request);

[[nodiscard]] bool sends_rpc_cbor(const HttpRequest& head);

}  // namespace millrace
