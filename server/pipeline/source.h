// From which address a request comes, where proxies pass it on.
#pragma once

#include <string>

#include "api/core/message.h"
#include "server/network.h"

namespace millrace {

// The client's address as text: the peer's, or while that is one of `proxies`, the address that it was asked
// by, which it has added to X-Forwarded-For. What others than these have written into the header is not
// believed, and an entry that is no address ends the search at the proxy that wrote it.
[[nodiscard]] std::string source_of(const HttpRequest& head, const Networks& proxies);

}  // namespace millrace
