#include "api/core/authentication.h"

#include <algorithm>
#include <cstring>

namespace millrace {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

constexpr const char* kQueryAlgorithm = "X-Amz-Algorithm";

// "<access key>/<date>/<region>/<service>/aws4_request".
Credential split_scope(std::string_view scope) {
  const auto next = [&] {
    const std::size_t slash = std::min(scope.find('/'), scope.size());
    const std::string_view part = scope.substr(0, slash);
    scope.remove_prefix(std::min(slash + 1, scope.size()));
    return std::string(part);
  };
  Credential credential;
  credential.access_key = next();
  next();
  credential.region = next();
  credential.service = next();
  return credential;
}

void check_query_form(const QueryParameters& query) {
  std::string missing;
  for (const char* name :
       {kQueryAlgorithm, "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"})
    if (query_value(query, name).empty())
      missing += std::string("AWS query-string parameters must include '") + name + "'. ";
  if (!missing.empty())
    throw ApiError(400, "IncompleteSignatureException", missing + "Re-examine the query-string parameters.");
}

void check_header_form(const Headers& headers, std::string_view header) {
  std::string missing;
  const AuthorizationParameters parameters(header);
  for (const auto& [name, value] :
       {std::pair("Credential", parameters.credential), std::pair("Signature", parameters.signature),
        std::pair("SignedHeaders", parameters.signed_headers)})
    if (value.empty()) missing += std::string("Authorization header requires '") + name + "' parameter. ";
  if (!headers.find("x-amz-date") && !headers.find("date"))
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (!missing.empty())
    throw ApiError(400, "IncompleteSignatureException", missing + "Authorization=" + std::string(header));
}

}  // namespace

AuthorizationParameters::AuthorizationParameters(std::string_view header) {
  const auto next = [&] {
    const auto* const at =
        std::find_if(header.begin(), header.end(), [](char c) { return c == ',' || c == ' '; });
    const auto end = static_cast<std::size_t>(at - header.begin());
    const std::string_view item = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    return item;
  };
  algorithm = next();
  while (!header.empty()) {
    const std::string_view item = next();
    for (auto [name, value] : {std::pair("Credential=", &credential), std::pair("Signature=", &signature),
                               std::pair("SignedHeaders=", &signed_headers)})
      if (!value->data() && item.starts_with(name)) *value = item.substr(std::strlen(name));
  }
}

bool is_region(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

bool has_parameter(const QueryParameters& query, std::string_view name) {
  return std::any_of(query.begin(), query.end(), [&](const auto& p) { return p.first == name; });
}

std::string_view query_value(const QueryParameters& query, std::string_view name) {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

void check_authentication_form(const HttpRequest& request) {
  const std::string_view header = request.headers.get("authorization");
  const QueryParameters query = parse_query(request.query());
  const bool by_query = has_parameter(query, kQueryAlgorithm);
  if (!header.empty() && by_query)
    throw ApiError(
        400, "InvalidSignatureException",
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  if (header.empty() && !by_query)
    throw ApiError(400, "MissingAuthenticationTokenException", "Missing Authentication Token");
  if (by_query)
    check_query_form(query);
  else
    check_header_form(request.headers, header);
  if (!is_region(credential_of(request).region))
    throw ApiError(400, "InvalidSignatureException", "Credential should be scoped to a valid region. ");
}

Credential credential_of(const HttpRequest& request) {
  if (const auto header = request.headers.find("authorization"); header && header->starts_with(kAlgorithm))
    return split_scope(AuthorizationParameters(*header).credential);
  // Signature version 2, which S3 alone still takes: "AWS <access key>:<signature>".
  if (const auto header = request.headers.find("authorization"); header && header->starts_with("AWS "))
    return {std::string(header->substr(4, header->find(':', 4) - 4)), "", "s3"};
  if (request.query().find("X-Amz-Credential") != std::string_view::npos)
    return split_scope(query_value(parse_query(request.query()), "X-Amz-Credential"));
  if (request.query().find("AWSAccessKeyId=") != std::string_view::npos)
    return {std::string(query_value(parse_query(request.query()), "AWSAccessKeyId")), "", "s3"};
  return {};
}

Caller caller_of(const Credential& credential, const std::string& default_region) {
  const std::string& key = credential.access_key;
  const bool account =
      key.size() == 12 && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  Caller caller =
      root_of(account ? key : "000000000000", credential.region.empty() ? default_region : credential.region);
  caller.access_key = key;
  return caller;
}

}  // namespace millrace
