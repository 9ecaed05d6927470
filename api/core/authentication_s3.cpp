// The forms of S3's signatures, and how long a presigned URL is good for.
#include <charconv>

#include "api/core/authentication.h"
#include "api/core/dates.h"
#include "api/core/xml_error.h"

namespace millrace {

namespace {

constexpr std::int64_t kWeekSeconds = 604'800;

ApiError malformed_header(const std::string& reason) {
  return xml_error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; " + reason);
}
ApiError malformed_query(const std::string& reason) {
  return xml_error(400, "AuthorizationQueryParametersError", reason);
}
ApiError invalid_header(std::string_view message, std::string_view value) {
  return xml_error(400, "InvalidArgument", message,
                   {{"ArgumentName", "Authorization"}, {"ArgumentValue", std::string(value)}});
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return v;
}

constexpr const char* kExpected = R"(expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".)";

// What is wrong with KEY/DATE/REGION/SERVICE/aws4_request; empty: nothing.
std::string credential_trouble(std::string_view credential) {
  std::size_t parts = 1;
  for (const char c : credential) parts += c == '/';
  if (parts != 5 || credential.find("//") != std::string_view::npos || credential.starts_with('/'))
    return std::string("the Credential is mal-formed; ") + kExpected;
  const std::string_view terminal = credential.substr(credential.rfind('/') + 1);
  if (terminal == "aws4_request") return "";
  return "incorrect terminal \"" + std::string(terminal) + "\". This endpoint uses \"aws4_request\".";
}

std::string_view credential_in(std::string_view header) {
  constexpr std::string_view kName = "Credential=";
  header.remove_prefix(std::min(header.find(kName), header.size()));
  header.remove_prefix(std::min(kName.size(), header.size()));
  return header.substr(0, header.find_first_of(", "));
}

void check_header(std::string_view header) {
  if (header.starts_with("AWS4-HMAC-SHA256")) {
    for (const char* name : {"Credential=", "SignedHeaders=", "Signature="})
      if (header.find(name) == std::string_view::npos)
        throw malformed_header(
            "the authorization header requires three components: Credential, "
            "SignedHeaders, and Signature.");
    if (const std::string trouble = credential_trouble(credential_in(header)); !trouble.empty())
      throw malformed_header(trouble);
  } else if (!header.starts_with("AWS ")) {
    throw invalid_header("Unsupported Authorization Type", header);
  }
}

void check_presigned(const QueryParameters& query, Time now) {
  for (const char* name :
       {"X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"})
    if (query_value(query, name).empty())
      throw malformed_query(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
          "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  if (const std::string trouble = credential_trouble(query_value(query, "X-Amz-Credential"));
      !trouble.empty())
    throw malformed_query("Error parsing the X-Amz-Credential parameter; " + trouble);
  const std::string seconds(query_value(query, "X-Amz-Expires"));
  const auto expires = number_of(seconds);
  if (!expires) throw malformed_query("X-Amz-Expires should be a number");
  if (*expires < 0) throw malformed_query("X-Amz-Expires must be non-negative");
  if (*expires > kWeekSeconds)
    throw malformed_query(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
        "than 604800 seconds");
  const auto signed_at = parse_basic_iso8601(query_value(query, "X-Amz-Date"));
  if (!signed_at)
    throw malformed_query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (const Time end = *signed_at + std::chrono::seconds(*expires); now > end)
    throw xml_error(403, "AccessDenied", "Request has expired",
                    {{"X-Amz-Expires", seconds},
                     {"Expires", iso8601_seconds(end)},
                     {"ServerTime", iso8601_seconds(now)}});
}

// The form before signature version 4: Expires is a time, not a duration.
void check_presigned_v2(const QueryParameters& query, Time now) {
  const auto expires = number_of(query_value(query, "Expires"));
  if (!expires || query_value(query, "Signature").empty())
    throw xml_error(
        403, "AccessDenied",
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
  if (const Time end{std::chrono::seconds(*expires)}; now > end)
    throw xml_error(403, "AccessDenied", "Request has expired",
                    {{"Expires", iso8601_seconds(end)}, {"ServerTime", iso8601_seconds(now)}});
}

}  // namespace

void check_s3_authentication_form(const HttpRequest& request, Time now) {
  const QueryParameters query = parse_query(request.query());
  const bool v4 = has_parameter(query, "X-Amz-Algorithm");
  if (const auto header = request.headers.find("authorization")) {
    if (v4)
      throw invalid_header(
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
          "parameter or the Authorization header should be specified",
          *header);
    check_header(*header);
  } else if (v4) {
    check_presigned(query, now);
  } else if (has_parameter(query, "AWSAccessKeyId")) {
    check_presigned_v2(query, now);
  }
}

}  // namespace millrace
