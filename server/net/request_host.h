// Which server a request names: what HTTP demands of its Host header, whatever the version.
#pragma once

#include "api/core/message.h"

namespace millrace::net {

// Checks the Host header of a request over HTTP/1.x, and gives the target its origin form: where the target
// is a URL, its authority takes the header's place (RFC 9112, 3.2.2). nullptr when all is well, else what is
// wrong, for a 400 (RFC 9112, 3.2).
[[nodiscard]] const char* settle_host(HttpRequest& request, unsigned minor_version);

}  // namespace millrace::net
