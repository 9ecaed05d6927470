// Canonical requests: what a signature covers, as text.
#pragma once

#include "api/auth/sigv4.h"

namespace millrace::auth {

// Clients differ in these where AWS's rules leave it open; whichever a client signed is right.
struct CanonicalForm {
  bool as_listed = false;      // headers in the order of SignedHeaders, not sorted
  bool path_as_sent = false;   // a path with empty or dot segments is not normalized
  bool without_token = false;  // a presigned request's session token was added after it was signed
};

// Which of them can make a difference to the request.
[[nodiscard]] CanonicalForm choices_of(const SignatureClaim& claim, const HttpRequest& head,
                                       const SignedService& service);

// The canonical request. `body_hash`: its last line.
[[nodiscard]] std::string canonical_request(const SignatureClaim& claim, const HttpRequest& head,
                                            const SignedService& service, std::string_view body_hash,
                                            const CanonicalForm& form = {});

// The path with empty and "." segments left out, and each ".." with the segment before it. Ends with '/' if
// the path does. Source: RFC 3986, 6.2.2.3; the signing test suite.
[[nodiscard]] std::string normalized_path(std::string_view path);

}  // namespace millrace::auth
