#include "api/s3/query_headers.h"

#include <algorithm>

#include "api/s3/errors.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kPrefix = "x-amz-";
// Of the signature itself, never a header.
constexpr std::string_view kSignature[] = {"x-amz-algorithm",     "x-amz-credential",    "x-amz-date",
                                           "x-amz-expires",       "x-amz-signedheaders", "x-amz-signature",
                                           "x-amz-security-token"};
constexpr std::string_view kPlain[] = {
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "content-md5", "content-type"};

template <std::size_t N>
bool one_of(std::string_view name, const std::string_view (&all)[N]) {
  return std::find(std::begin(all), std::end(all), name) != std::end(all);
}

bool is_hoisted(std::string_view name) {
  return (name.starts_with(kPrefix) && !one_of(name, kSignature)) || one_of(name, kPlain);
}

// Whether `name` stands in a list of names separated by semicolons.
bool lists(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::string_view one = names.substr(0, names.find(';'));
    if (equals_ignoring_case(one, name)) return true;
    names.remove_prefix(std::min(one.size() + 1, names.size()));
  }
  return false;
}

void check_signed(const Head& head, std::string_view signed_headers) {
  for (const auto& [given, value] : head.headers()) {
    const std::string name = lower_case(given);
    if (name.starts_with(kPrefix) && !lists(signed_headers, name)) throw headers_not_signed(name);
  }
}

}  // namespace

void hoist_query_headers(Head& head) {
  const bool v4 = head.parameter("X-Amz-Algorithm").has_value();
  const bool presigned = v4 || head.parameter("AWSAccessKeyId");
  if (v4 && !head.headers().find("authorization"))
    check_signed(head, head.parameter("X-Amz-SignedHeaders").value_or(""));
  for (const auto& [given, value] : head.query) {
    std::string name = lower_case(given);
    if (!is_hoisted(name) || (!presigned && one_of(name, kPlain))) continue;
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      throw invalid_argument("A header's value cannot contain control characters", name, value);
    const auto header = head.headers().find(name);
    if (!header) {
      head.request.http.headers.add(std::move(name), value);
    } else if (*header != value) {
      throw invalid_request("The value of the header " + name +
                            " differs from its value in the query string.");
    }
  }
}

}  // namespace millrace::s3
