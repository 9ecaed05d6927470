#include "api/lambda/permissions/statement.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/core/access.h"
#include "api/core/arn.h"
#include "api/core/ascii.h"
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::ordered_json;

// Where the names of AWS's services end; those of Alexa are below amazon.com.
constexpr std::string_view kServiceDomains[] = {".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"};

bool is_account(std::string_view text) { return text.size() == 12 && is_digits(text); }

bool is_service(std::string_view text) {
  const bool host = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return host && !text.starts_with('.') &&
         std::any_of(std::begin(kServiceDomains), std::end(kServiceDomains),
                     [&](std::string_view domain) { return text.ends_with(domain); });
}

// Of a user, a role, an account's root or a session.
bool is_identity(std::string_view text) {
  const auto arn = resource_of_arn(text);
  return arn && text.starts_with("arn:aws") && (arn->service == "iam" || arn->service == "sts") &&
         is_account(arn->account) && text.find('*') == std::string_view::npos;
}

Json principal_of(const std::string& text, std::string_view region) {
  if (text == "*") return text;
  if (is_service(text)) return {{"Service", text}};
  if (is_account(text))
    return {{"AWS", "arn:" + std::string(partition_of(region)) + ":iam::" + text + ":root"}};
  if (is_identity(text)) return {{"AWS", text}};
  throw bad_principal();
}

Json conditions_of(const Grant& g) {
  Json equals = Json::object(), all = Json::object();
  const auto add = [&equals](const char* key, const std::optional<std::string>& value) {
    if (value) equals[key] = *value;
  };
  add("AWS:SourceAccount", g.source_account);
  add("lambda:EventSourceToken", g.event_source_token);
  add("lambda:FunctionUrlAuthType", g.url_auth_type);
  add("aws:PrincipalOrgID", g.organization);
  if (!equals.empty()) all["StringEquals"] = std::move(equals);
  if (g.by_url) all["Bool"] = {{"lambda:InvokedViaFunctionUrl", "true"}};
  if (g.source_arn) all["ArnLike"] = {{"AWS:SourceArn", *g.source_arn}};
  return all;
}

}  // namespace

PolicyStatement statement_of(const Grant& g, std::string_view region) {
  Json j;
  j["Sid"] = g.sid;
  j["Effect"] = "Allow";
  j["Principal"] = principal_of(g.principal, region);
  j["Action"] = g.action;
  j["Resource"] = g.resource;
  if (Json conditions = conditions_of(g); !conditions.empty()) j["Condition"] = std::move(conditions);
  return {g.sid, j.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace millrace::lambda
