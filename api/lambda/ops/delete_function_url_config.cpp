// DeleteFunctionUrlConfig: the address is no more, and never used again.
// Source: Lambda API reference, DeleteFunctionUrlConfig.
#include "api/lambda/resources.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<Nothing> delete_function_url_config(Lambda& l, const Caller& caller, UrlConfigInput in) {
  const QualifiedFunction target = existing_url(url_target(l, caller, "DeleteFunctionUrlConfig", in)).target;
  std::function<void(Function&)> change = [&](Function& f) { f.urls.erase(target.qualifier); };
  co_await l.functions.update(target.latest, std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteFunctionUrlConfig;
const Operation kDeleteFunctionUrlConfig =
    operation("DeleteFunctionUrlConfig", kUrlConfigInput, kNothing, delete_function_url_config)
        .http("DELETE", "/2021-10-31/functions/{FunctionName}/url", 204)
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
