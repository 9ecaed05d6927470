// What a request says of who sent it: the form of its signature, and account and region out of it. Signatures
// themselves are not verified yet.
#pragma once

#include "api/core/service.h"

namespace millrace {

// Throws the errors that AWS gives for an absent, double or incomplete signature (kinesalite's recordings).
void check_authentication_form(const HttpRequest& request);

struct Credential {
  std::string access_key, region, service;  // empty where the request does not say
};

// Out of the Authorization header, or the query of a presigned request.
[[nodiscard]] Credential credential_of(const HttpRequest& request);

// The account is the access key id if that has twelve digits, else 000000000000.
[[nodiscard]] Caller caller_of(const Credential& credential, const std::string& default_region);

}  // namespace millrace
