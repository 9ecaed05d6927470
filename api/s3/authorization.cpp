#include "api/s3/authorization.h"

#include <charconv>

#include "api/core/dates.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr std::int64_t kWeekSeconds = 604'800;

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
        throw malformed_authorization(
            "the authorization header requires three components: Credential, "
            "SignedHeaders, and Signature.");
    if (const std::string trouble = credential_trouble(credential_in(header)); !trouble.empty())
      throw malformed_authorization(trouble);
  } else if (!header.starts_with("AWS ")) {
    throw invalid_argument("Unsupported Authorization Type", "Authorization", header);
  }
}

void check_presigned(const Head& head, Time now) {
  for (const char* name :
       {"X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"})
    if (head.parameter(name).value_or("").empty())
      throw malformed_presigned(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
          "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  if (const std::string trouble = credential_trouble(*head.parameter("X-Amz-Credential")); !trouble.empty())
    throw malformed_presigned("Error parsing the X-Amz-Credential parameter; " + trouble);
  const auto expires = number_of(*head.parameter("X-Amz-Expires"));
  if (!expires) throw malformed_presigned("X-Amz-Expires should be a number");
  if (*expires < 0) throw malformed_presigned("X-Amz-Expires must be non-negative");
  if (*expires > kWeekSeconds)
    throw malformed_presigned(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
        "than 604800 seconds");
  const auto signed_at = parse_basic_iso8601(*head.parameter("X-Amz-Date"));
  if (!signed_at)
    throw malformed_presigned("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (const Time end = *signed_at + std::chrono::seconds(*expires); now > end)
    throw request_expired(iso8601_seconds(end), iso8601_seconds(now), *head.parameter("X-Amz-Expires"));
}

// The form before signature version 4: Expires is a time, not a duration.
void check_presigned_v2(const Head& head, Time now) {
  const auto expires = number_of(head.parameter("Expires").value_or(""));
  if (!expires || head.parameter("Signature").value_or("").empty())
    throw access_denied(
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
  if (const Time end{std::chrono::seconds(*expires)}; now > end)
    throw request_expired(iso8601_seconds(end), iso8601_seconds(now), "");
}

void check_owner(const Head& head) {
  for (const char* name : {"x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"})
    if (const auto owner = head.headers().find(name)) {
      if (owner->size() != 12 || owner->find_first_not_of("0123456789") != std::string_view::npos)
        throw invalid_bucket_owner(*owner);
      if (*owner != head.request.caller.account) throw access_denied();
    }
}

}  // namespace

void check_authorization(const Head& head, Time now) {
  const auto header = head.headers().find("authorization");
  if (header) {
    if (head.parameter("X-Amz-Algorithm"))
      throw invalid_argument(
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
          "parameter or the Authorization header should be specified",
          "Authorization", *header);
    check_header(*header);
  } else if (head.parameter("X-Amz-Algorithm")) {
    check_presigned(head, now);
  } else if (head.parameter("AWSAccessKeyId")) {
    check_presigned_v2(head, now);
  }
  check_owner(head);
}

}  // namespace millrace::s3
