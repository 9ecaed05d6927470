// Cross-origin requests of browsers, answered as AWS does (kinesalite's recordings).
#pragma once

#include "api/core/message.h"

namespace millrace {

// Whether this is a browser asking for permission, which no service sees.
[[nodiscard]] bool is_preflight(const HttpRequest& request);
[[nodiscard]] HttpResponse answer_preflight(const HttpRequest& request, const std::string& request_id);
// What an answer to a request with an Origin carries besides.
void add_cors(HttpResponse& response);

}  // namespace millrace
