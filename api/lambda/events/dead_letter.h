// A function's DeadLetterConfig: where an asynchronous event goes, as it came, when it was given up. AWS
// knows queues and topics; here it is what an on-failure destination may be, but for functions.
#pragma once

#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

// Whether the target, if one is named, is there. Throws bad_destination.
[[nodiscard]] asio::awaitable<void> check_dead_letter(const Lambda& lambda, const Caller& caller,
                                                      const std::optional<DeadLetterConfig>& config);

}  // namespace millrace::lambda
