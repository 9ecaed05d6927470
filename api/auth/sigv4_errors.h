// The errors of wrong signatures: AWS's of each service and protocol.
#pragma once

#include "api/auth/sigv4.h"
#include "api/core/error.h"

namespace millrace::auth {

enum class SignatureFailure : std::uint8_t {
  missing_token,  // no signature, and the operation needs one
  incomplete,     // a part of the signature's form is absent or cannot be read
  wrong_scope,    // of another service, region or date; for S3 anything in the credential
  unsigned_header,
  unknown_key,
  inactive_key,
  invalid_token,  // session token that nobody issued, or of another access key, or absent where one is needed
  expired_token,
  mismatch,       // the signature itself
  expired,        // signed too long ago, or beyond the lifetime of a presigned request
  not_yet_valid,  // signed with a time too far ahead
};

// The error. `text`: what is wrong, where that is more than the failure says; for S3 the whole message.
// Sources: recordings of AWS in public issue trackers (the texts), IAM user guide, "Troubleshoot Signature
// Version 4 requests"; S3 API reference, "Error responses".
[[nodiscard]] ApiError signature_error(SignatureFailure failure, const SignatureClaim& claim,
                                       const SignedService& service, const std::string& text = {});

// The signature is not that of this canonical request. `canonical`: empty for a chunk, which has none.
[[nodiscard]] ApiError mismatch_error(const SignatureClaim& claim, const SignedService& service,
                                      std::string_view signature, std::string_view canonical,
                                      std::string_view string_to_sign);

// The request's time differs too much from `now`, or is `lifetime` before it; `window`: the most.
[[nodiscard]] ApiError time_error(SignatureFailure failure, const SignatureClaim& claim,
                                  const SignedService& service, Time now, std::chrono::seconds window);

// The same error of a form that check_authentication_form found, in the service's protocol.
[[nodiscard]] ApiError form_error(const ApiError& error, const SignedService& service);

}  // namespace millrace::auth
