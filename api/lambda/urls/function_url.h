// Functions that are invoked over plain HTTP: <public URL>/_lambda/url/<id>/PATH. Source: Lambda developer
// guide, "Function URLs" and "Request and response payloads" (format 2.0).
#pragma once

#include "api/lambda/service.h"
#include "api/lambda/shapes.h"
#include "api/lambda/urls/url_cors.h"

namespace millrace::lambda {

inline constexpr std::string_view kFunctionUrlPrefix = "/_lambda/url/";

struct UrlConfigInput {
  std::string name;
  std::optional<std::string> qualifier, auth, invoke_mode;
  std::optional<CorsConfig> cors;
};
struct UrlConfigOutput {
  std::string url, arn, auth = "NONE", created;
  std::optional<std::string> modified, invoke_mode = "BUFFERED";
  std::optional<CorsConfig> cors;
};
inline constexpr Rules kAuthType = one_of<"NONE", "AWS_IAM">;
// An alias: versions and $LATEST have no URL.
inline constexpr Rules kUrlQualifier = rules(length(1, 128), pattern("((?!^\\d+$)^[0-9a-zA-Z-_]+$)"));
inline constexpr Rules kInvokeMode = one_of<"RESPONSE_STREAM", "BUFFERED">;
inline constexpr auto kUrlConfigInput = shape<UrlConfigInput>(
    field("FunctionName", &UrlConfigInput::name, in_path, kFunctionName),
    field("Qualifier", &UrlConfigInput::qualifier, in_query, kUrlQualifier),
    field("AuthType", &UrlConfigInput::auth, kAuthType), field("Cors", &UrlConfigInput::cors, kCorsConfig),
    field("InvokeMode", &UrlConfigInput::invoke_mode, kInvokeMode));
inline constexpr auto kUrlConfigOutput = shape<UrlConfigOutput>(
    field("FunctionUrl", &UrlConfigOutput::url), field("FunctionArn", &UrlConfigOutput::arn),
    field("AuthType", &UrlConfigOutput::auth), field("CreationTime", &UrlConfigOutput::created),
    field("LastModifiedTime", &UrlConfigOutput::modified), field("Cors", &UrlConfigOutput::cors, kCorsConfig),
    field("InvokeMode", &UrlConfigOutput::invoke_mode));

[[nodiscard]] UrlConfigOutput describe(const Lambda& lambda, const Function& latest,
                                       const std::string& qualifier, const FunctionUrl& url);

// What a request's function and qualifier name: the function itself or an alias; nullopt when it does not
// exist. Throws as target_of does.
[[nodiscard]] std::optional<QualifiedFunction> url_target(const Lambda& lambda, const Caller& caller,
                                                          std::string_view action, const UrlConfigInput& in);
struct ConfiguredUrl {
  QualifiedFunction target;
  FunctionUrl url;
};
// Throws url_not_found, also when the target does not exist.
[[nodiscard]] ConfiguredUrl existing_url(std::optional<QualifiedFunction> target);
// Refuses what this server does not do. Throws not_supported.
void check_url_settings(const UrlConfigInput& in);

// The Cors configuration of the URL that a request is for; nullopt: there is none, or it is for no URL.
[[nodiscard]] std::optional<UrlCors> cors_of_url(const Lambda& lambda, const HttpRequest& head);

// The response that a function's answer stands for: an object with a statusCode says all; anything else is
// the body. 502 when the answer is nested deeper than 10,000 levels or its members have wrong forms.
[[nodiscard]] HttpResponse url_response(std::string payload);

// Has the function of the URL answer the request. A URL that is none is answered 403, as AWS does, an error
// of the function 502.
[[nodiscard]] asio::awaitable<HttpResponse> serve_url(Lambda& lambda, Request& request);

}  // namespace millrace::lambda
