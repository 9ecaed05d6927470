// GetFunctionUrlConfig: the address, if there is one.
// Source: Lambda API reference, GetFunctionUrlConfig.
#include "api/lambda/resources.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<UrlConfigOutput> get_function_url_config(Lambda& l, const Caller& caller, UrlConfigInput in) {
  const auto [target, url] = existing_url(url_target(l, caller, "GetFunctionUrlConfig", in));
  co_return describe(l, *target.latest, target.qualifier, url);
}

}  // namespace

extern const Operation kGetFunctionUrlConfig;
const Operation kGetFunctionUrlConfig =
    operation("GetFunctionUrlConfig", kUrlConfigInput, kUrlConfigOutput, get_function_url_config)
        .http("GET", "/2021-10-31/functions/{FunctionName}/url")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
