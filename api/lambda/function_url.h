// Functions that are invoked over plain HTTP: <public URL>/_lambda/url/<id>/PATH. Source: Lambda developer
// guide, "Function URLs" and "Request and response payloads" (format 2.0).
#pragma once

#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

inline constexpr std::string_view kFunctionUrlPrefix = "/_lambda/url/";

struct UrlConfigInput {
  std::string name;
  std::optional<std::string> qualifier, auth, invoke_mode;
  std::optional<Json> cors;  // taken when it asks for nothing
};
struct UrlConfigOutput {
  std::string url, arn, auth = "NONE", created, modified, invoke_mode = "BUFFERED";
};
inline constexpr Rules kAuthType = one_of("NONE", "AWS_IAM");
inline constexpr Rules kInvokeMode = one_of("BUFFERED", "RESPONSE_STREAM");
inline constexpr auto kUrlConfigInput = shape<UrlConfigInput>(
    field("FunctionName", &UrlConfigInput::name, in_path, kFunctionName),
    field("Qualifier", &UrlConfigInput::qualifier, in_query, kQualifier),
    field("AuthType", &UrlConfigInput::auth, kAuthType), field("Cors", &UrlConfigInput::cors),
    field("InvokeMode", &UrlConfigInput::invoke_mode, kInvokeMode));
inline constexpr auto kUrlConfigOutput = shape<UrlConfigOutput>(
    field("FunctionUrl", &UrlConfigOutput::url), field("FunctionArn", &UrlConfigOutput::arn),
    field("AuthType", &UrlConfigOutput::auth), field("CreationTime", &UrlConfigOutput::created),
    field("LastModifiedTime", &UrlConfigOutput::modified),
    field("InvokeMode", &UrlConfigOutput::invoke_mode));

[[nodiscard]] UrlConfigOutput describe(const Lambda& lambda, const Function& latest,
                                       const std::string& qualifier, const FunctionUrl& url);

// What a request's function and qualifier name; an alias or $LATEST. Throws function_not_found,
// not_supported, and as target_of does.
[[nodiscard]] QualifiedFunction url_target(const Lambda& lambda, const Caller& caller,
                                           std::string_view action, const UrlConfigInput& in);
// Throws url_not_found.
[[nodiscard]] const FunctionUrl& existing_url(const QualifiedFunction& target);
// Refuses what this server does not do. Throws not_supported.
void check_url_settings(const UrlConfigInput& in);

// Has the function of the URL answer the request. A URL that is none is answered 403, as AWS does, an error
// of the function 502.
[[nodiscard]] asio::awaitable<HttpResponse> serve_url(Lambda& lambda, Request& request);

}  // namespace millrace::lambda
