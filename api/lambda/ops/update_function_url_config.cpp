// UpdateFunctionUrlConfig: other settings; the address stays.
// Source: Lambda API reference, UpdateFunctionUrlConfig.
#include "api/lambda/errors.h"
#include "api/lambda/resources.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<UrlConfigOutput> update_function_url_config(Lambda& l, const Caller& caller,
                                                            UrlConfigInput in) {
  const auto found = url_target(l, caller, "UpdateFunctionUrlConfig", in);
  if (!found) throw url_function_not_found();
  check_url_settings(in);
  auto [target, url] = existing_url(*found);
  url.modified = l.clock.now();
  if (in.cors) url.cors = cors_of(*in.cors);
  std::function<void(Function&)> change = [&](Function& f) { f.urls[target.qualifier] = url; };
  co_await l.functions.update(target.latest, std::move(change));
  UrlConfigOutput out = describe(l, *target.latest, target.qualifier, url);
  out.invoke_mode = in.invoke_mode;
  co_return out;
}

}  // namespace

extern const Operation kUpdateFunctionUrlConfig;
const Operation kUpdateFunctionUrlConfig =
    operation("UpdateFunctionUrlConfig", kUrlConfigInput, kUrlConfigOutput, update_function_url_config)
        .http("PUT", "/2021-10-31/functions/{FunctionName}/url")
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
