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

// The values of the {Name} parts if `path` (percent-encoded) has the form of `uri`; nullopt if it has not.
// "{Name+}" takes the rest of the path.
[[nodiscard]] std::optional<QueryParameters> match_path(std::string_view uri, std::string_view path);

// Puts the members that stand in path, query and headers into `document`, in place of what the body may have
// had under their names.
void add_members_outside_body(Json& document, const Operation& op, const Request& request);

}  // namespace millrace
