// The REST-JSON protocol: the method and the path name the operation, and an input's members stand in path,
// query, header fields and body, where the shape says.
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation of `table` whose binding fits its method and path; a slash at the
// path's end does not count. The body is read as a JSON object, an empty one as {}; where the input has a
// payload member, the body is that member's bytes. An operation by hand with a payload finds it unread in
// `request.http.body`. Checks in this order: operation, authentication's form, body, types, constraints.
// Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_rest_json(std::span<const Operation* const> table,
                                                             void* context, Request& request);

// The code in a header, the text in the body, in the letters that AWS uses for each kind of error.
[[nodiscard]] HttpResponse rest_json_error(const ApiError& e);

// The values of the {Name} parts if `path` (percent-encoded) has the form of `uri`; nullopt if it has not.
// "{Name+}" takes the rest of the path.
[[nodiscard]] std::optional<QueryParameters> match_path(std::string_view uri, std::string_view path);

}  // namespace millrace
