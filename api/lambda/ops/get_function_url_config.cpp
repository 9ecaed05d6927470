// GetFunctionUrlConfig: the address, if there is one.
// Source: Lambda API reference, GetFunctionUrlConfig.
#include "api/lambda/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<UrlConfigOutput> get_function_url_config(Lambda& l, const Caller& caller, UrlConfigInput in) {
  const QualifiedFunction target = url_target(l, caller, "GetFunctionUrlConfig", in);
  co_return describe(l, *target.latest, target.qualifier, existing_url(target));
}

}  // namespace

extern const Operation kGetFunctionUrlConfig;
const Operation kGetFunctionUrlConfig =
    operation("GetFunctionUrlConfig", kUrlConfigInput, kUrlConfigOutput, get_function_url_config)
        .http("GET", "/2021-10-31/functions/{FunctionName}/url");

}  // namespace millrace::lambda
