// What a request says of who sent it: the form of its signature, and account and region out of it. Signatures
// themselves are verified by api/auth/sigv4.h.
#pragma once

#include "api/core/service.h"
#include "storage/clock.h"

namespace millrace {

// "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...", with commas, spaces or both between
// the parameters, in any order. Of one that comes twice the first counts; one that is absent is empty. Refers
// to the header.
struct AuthorizationParameters {
  std::string_view algorithm, credential, signature, signed_headers;

  explicit AuthorizationParameters(std::string_view header);
};

[[nodiscard]] bool has_parameter(const QueryParameters& query, std::string_view name);
// The first value of `name`; empty when there is none. Valid until the parameters change.
[[nodiscard]] std::string_view query_value(const QueryParameters& query, std::string_view name);

// Throws the errors that AWS gives for an absent, double or incomplete signature (kinesalite's recordings).
void check_authentication_form(const HttpRequest& request);
// The same for S3, which answers requests without a signature too. Throws AuthorizationHeaderMalformed,
// AuthorizationQueryParametersError, InvalidArgument, and AccessDenied for a presigned URL that has expired.
void check_s3_authentication_form(const HttpRequest& request, Time now);

// Whether it has the form of a region: regions become parts of names and of rows' keys.
[[nodiscard]] bool is_region(std::string_view text);

struct Credential {
  std::string access_key, region, service;  // empty where the request does not say
};

// Out of the Authorization header, or the query of a presigned request.
[[nodiscard]] Credential credential_of(const HttpRequest& request);

// The account is the access key id if that has twelve digits, else 000000000000.
[[nodiscard]] Caller caller_of(const Credential& credential, const std::string& default_region);

}  // namespace millrace
