// The protocol Query: a form with Action and Version, answers in XML.
//   Dimensions.member.1.Name=Host   Tags.entry.1.key=k&Tags.entry.1.value=v   Filter.Name=x
#pragma once

#include "api/core/operation.h"

namespace millrace {

// Answers one request by the operation that Action names, in the body of a POST or the query of a GET. A body
// in gzip may become `max_body` bytes. Throws ApiError.
[[nodiscard]] asio::awaitable<HttpResponse> handle_query(const ServiceModel& model, void* service,
                                                         std::uint64_t max_body, Request& request);

// Whether the head announces a form, or names an action.
[[nodiscard]] bool sends_query(const HttpRequest& head);

// The members of a shape out of a form's parameters; of two of a name, the first. A list's members come in
// the order of their numbers.
[[nodiscard]] Json document_of_form(Fields fields, const QueryParameters& form);

}  // namespace millrace
