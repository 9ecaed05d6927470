// The protocol REST-JSON: operations are methods and paths (RFC 6570 with {Name} alone), inputs stand in
// path, query, headers and body, where the shape says.
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation of the model whose binding fits its method and path; a slash at the
// path's end does not count. The body is read as a JSON object, an empty one as {}; where the input has a
// payload member, the body is that member's bytes. Checks in this order: operation, authentication's form,
// body, types, constraints. Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_rest_json(const ServiceModel& model, void* service,
                                                             Request& request);

// The values of the {Name} parts if a request is for the operation of the binding; nullopt if it is not.
// `path` is percent-encoded; "{Name+}" takes the rest of it.
[[nodiscard]] std::optional<QueryParameters> match(const HttpBinding& binding, std::string_view method,
                                                   std::string_view path, const QueryParameters& query);

// Puts the members that stand in path, query and headers into `document`, in place of what the body may have
// had under their names.
void add_members_outside_body(Json& document, const Operation& op, const Request& request);

}  // namespace millrace
