// UpdateFunctionUrlConfig: other settings; the address stays.
// Source: Lambda API reference, UpdateFunctionUrlConfig.
#include "api/lambda/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<UrlConfigOutput> update_function_url_config(Lambda& l, const Caller& caller,
                                                            UrlConfigInput in) {
  const QualifiedFunction target = url_target(l, caller, "UpdateFunctionUrlConfig", in);
  check_url_settings(in);
  FunctionUrl url = existing_url(target);
  url.modified = l.clock.now();
  std::function<void(Function&)> change = [&](Function& f) { f.urls[target.qualifier] = url; };
  co_await l.functions.update(target.latest, std::move(change));
  co_return describe(l, *target.latest, target.qualifier, url);
}

}  // namespace

extern const Operation kUpdateFunctionUrlConfig;
const Operation kUpdateFunctionUrlConfig =
    operation("UpdateFunctionUrlConfig", kUrlConfigInput, kUrlConfigOutput, update_function_url_config)
        .http("PUT", "/2021-10-31/functions/{FunctionName}/url");

}  // namespace millrace::lambda
