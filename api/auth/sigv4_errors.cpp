#include "api/auth/sigv4_errors.h"

#include "api/core/dates.h"
#include "api/core/excerpt.h"
#include "api/core/xml_error.h"
#include "storage/base/times.h"

namespace millrace::auth {

namespace {

// Of a canonical request in a message: it is as long as the request's head.
constexpr std::size_t kMaxCanonicalBytes = 16 << 10;

struct Names {
  const char* code;        // of JSON, CBOR and REST-JSON
  const char* query_code;  // of the query protocol
  const char* message;
};

Names names_of(SignatureFailure failure) {
  switch (failure) {
    case SignatureFailure::missing_token:
      return {"MissingAuthenticationTokenException", "MissingAuthenticationToken",
              "Missing Authentication Token"};
    case SignatureFailure::incomplete:
      return {"IncompleteSignatureException", "IncompleteSignature",
              "The request signature does not conform to AWS standards."};
    case SignatureFailure::unknown_key:
    case SignatureFailure::inactive_key:
    case SignatureFailure::invalid_token:
      return {"UnrecognizedClientException", "InvalidClientTokenId",
              "The security token included in the request is invalid."};
    case SignatureFailure::expired_token:
      return {"ExpiredTokenException", "ExpiredToken",
              "The security token included in the request is expired"};
    default:
      return {"InvalidSignatureException", "SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. Check your AWS "
              "Secret Access Key and signing method. Consult the service documentation for details."};
  }
}

ApiError service_error(const Names& names, const SignedService& service, const std::string& message) {
  const bool query = service.protocol == Protocol::query;
  // JSON and CBOR answer 400 for all of it, REST and query 403.
  const bool forbidden = query || service.protocol == Protocol::rest_json;
  return ApiError(forbidden ? 403 : 400, query ? names.query_code : names.code, message)
      .with_query_code(names.query_code);
}

constexpr const char* kS3Mismatch =
    "The request signature we calculated does not match the signature you provided. Check your key and "
    "signing "
    "method.";

ApiError s3_error(SignatureFailure failure, const SignatureClaim& claim, const std::string& text) {
  const XmlElement key{"AWSAccessKeyId", claim.access_key};
  const XmlElement token{"Token-0", claim.session_token};
  switch (failure) {
    case SignatureFailure::incomplete:
      return xml_error(400, "InvalidRequest", text);
    case SignatureFailure::wrong_scope:
      if (claim.form == SignatureForm::query)
        return xml_error(400, "AuthorizationQueryParametersError", text);
      return xml_error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; " + text);
    case SignatureFailure::unsigned_header:
      return xml_error(403, "AccessDenied", "There were headers present in the request which were not signed",
                       {{"HeadersNotSigned", text}});
    case SignatureFailure::unknown_key:
    case SignatureFailure::inactive_key:
      return xml_error(403, "InvalidAccessKeyId",
                       "The AWS Access Key Id you provided does not exist in our records.", {key});
    case SignatureFailure::invalid_token:
      return xml_error(400, "InvalidToken", "The provided token is malformed or otherwise invalid.", {token});
    case SignatureFailure::expired_token:
      return xml_error(400, "ExpiredToken", "The provided token has expired.", {token});
    case SignatureFailure::mismatch:
      return xml_error(403, "SignatureDoesNotMatch", kS3Mismatch, {key});
    default:
      return xml_error(403, "AccessDenied", text.empty() ? "Access Denied" : text);
  }
}

// "41 57 53 34".
std::string spaced_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

std::string basic(Time t) { return utc_text(t, "%Y%m%dT%H%M%SZ"); }

ApiError s3_time_error(SignatureFailure failure, const SignatureClaim& claim, Time now,
                       std::chrono::seconds window) {
  if (claim.form == SignatureForm::header)
    return xml_error(403, "RequestTimeTooSkewed",
                     "The difference between the request time and the current time is too large.",
                     {{"RequestTime", claim.time_text},
                      {"ServerTime", iso8601_seconds(now)},
                      {"MaxAllowedSkewMilliseconds", std::to_string(window.count() * 1000)}});
  const std::string end = iso8601_seconds(claim.time + claim.lifetime.value_or(window));
  if (failure == SignatureFailure::expired)
    return xml_error(403, "AccessDenied", "Request has expired",
                     {{"X-Amz-Expires", std::to_string(claim.lifetime.value_or(window).count())},
                      {"Expires", end},
                      {"ServerTime", iso8601_seconds(now)}});
  return xml_error(403, "AccessDenied", "Request is not yet valid",
                   {{"X-Amz-Date", std::to_string(claim.time.time_since_epoch().count())},
                    {"Expires", end},
                    {"ServerTime", iso8601_seconds(now)}});
}

}  // namespace

ApiError signature_error(SignatureFailure failure, const SignatureClaim& claim, const SignedService& service,
                         const std::string& text) {
  if (service.is_s3()) return s3_error(failure, claim, text);
  const Names names = names_of(failure);
  return service_error(names, service, text.empty() ? names.message : text);
}

ApiError mismatch_error(const SignatureClaim& claim, const SignedService& service, std::string_view signature,
                        std::string_view canonical, std::string_view string_to_sign) {
  const std::string shown = excerpt(canonical, kMaxCanonicalBytes);
  if (!service.is_s3()) {
    const Names names = names_of(SignatureFailure::mismatch);
    return service_error(
        names, service,
        std::string(names.message) + "\n\nThe Canonical String for this request should have been\n'" + shown +
            "'\n\nThe String-to-Sign should have been\n'" + std::string(string_to_sign) + "'\n");
  }
  const XmlElement key{"AWSAccessKeyId", claim.access_key}, text{"StringToSign", std::string(string_to_sign)},
      provided{"SignatureProvided", std::string(signature)},
      bytes{"StringToSignBytes", spaced_hex(string_to_sign)};
  if (canonical.empty())
    return xml_error(403, "SignatureDoesNotMatch", kS3Mismatch, {key, text, provided, bytes});
  return xml_error(403, "SignatureDoesNotMatch", kS3Mismatch,
                   {key,
                    text,
                    provided,
                    bytes,
                    {"CanonicalRequest", shown},
                    {"CanonicalRequestBytes", spaced_hex(shown)}});
}

ApiError time_error(SignatureFailure failure, const SignatureClaim& claim, const SignedService& service,
                    Time now, std::chrono::seconds window) {
  if (service.is_s3()) return s3_time_error(failure, claim, now, window);
  const bool late = failure == SignatureFailure::expired;
  const std::chrono::seconds most = late ? claim.lifetime.value_or(window) : window;
  const bool minutes = most.count() % 60 == 0;
  const std::string size =
      std::to_string(minutes ? most.count() / 60 : most.count()) + (minutes ? " min." : " sec.");
  const std::string bound = basic(late ? now - most : now + most);
  return signature_error(failure, claim, service,
                         (late ? "Signature expired: " : "Signature not yet current: ") + claim.time_text +
                             (late ? " is now earlier than " : " is still later than ") + bound + " (" +
                             basic(now) + (late ? " - " : " + ") + size + ")");
}

ApiError form_error(const ApiError& error, const SignedService& service) {
  for (const SignatureFailure failure :
       {SignatureFailure::missing_token, SignatureFailure::incomplete, SignatureFailure::wrong_scope})
    if (const Names names = names_of(failure); error.code() == names.code)
      return service_error(names, service, error.message());
  return error;
}

}  // namespace millrace::auth
