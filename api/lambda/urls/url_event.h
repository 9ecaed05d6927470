// The event that a function is given for a request to its URL, payload format 2.0. Source: Lambda developer
// guide, "Request and response payloads"; LocalStack's recordings of AWS for the header fields that AWS adds.
#pragma once

#include <string>
#include <string_view>

#include "api/core/service.h"
#include "storage/clock.h"

namespace millrace::lambda {

// JSON. `id` is the URL's; `path` is the rest of the request's path, from its '/' on, percent-encoded.
[[nodiscard]] std::string url_event(const Request& request, const std::string& id, std::string_view path,
                                    Time now);

}  // namespace millrace::lambda
