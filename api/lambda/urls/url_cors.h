// The Cors configuration of function URLs: which web pages of other origins may call one. AWS leaves it to
// browsers not to show a page an answer; here a request that such a page must not send is refused, since URLs
// with AuthType NONE are often guarded by the network alone.
// Source: Lambda API reference, Cors; Lambda developer guide, "Cross-origin resource sharing (CORS)".
#pragma once

#include "api/core/operation.h"
#include "api/lambda/model.h"

namespace millrace::lambda {

struct CorsConfig {
  std::optional<bool> allow_credentials;
  std::optional<std::vector<std::string>> allow_headers, allow_methods, allow_origins, expose_headers;
  std::optional<int> max_age;
};
inline constexpr auto kCorsConfig = shape<CorsConfig>(
    field("AllowCredentials", &CorsConfig::allow_credentials),
    field("AllowHeaders", &CorsConfig::allow_headers, length(0, 100), each(required, length(0, 1024))),
    field("AllowMethods", &CorsConfig::allow_methods, length(0, 6), each(required, length(0, 6))),
    field("AllowOrigins", &CorsConfig::allow_origins, length(0, 100), each(required, length(1, 253))),
    field("ExposeHeaders", &CorsConfig::expose_headers, length(0, 100), each(required, length(0, 1024))),
    field("MaxAge", &CorsConfig::max_age, range(0, 86400)));

[[nodiscard]] UrlCors cors_of(const CorsConfig& config);
[[nodiscard]] CorsConfig config_of(const UrlCors& cors);

// Whether a page of another origin may send the request, a preflight included.
[[nodiscard]] bool may_call(const UrlCors& cors, const HttpRequest& head);
// The answer to a preflight of a page that may call.
[[nodiscard]] HttpResponse preflight_answer(const UrlCors& cors, const HttpRequest& head);
// Lets the page that sent `head` read the function's answer, whatever the function says of that.
void let_page_read(HttpResponse& response, const UrlCors& cors, std::string_view origin);

}  // namespace millrace::lambda
