// CreateFunctionUrlConfig: an address by which a function is invoked over plain HTTP.
// Source: Lambda API reference, CreateFunctionUrlConfig.
#include "api/lambda/errors.h"
#include "api/lambda/resources.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<UrlConfigOutput> create_function_url_config(Lambda& l, const Caller& caller,
                                                            UrlConfigInput in) {
  if (!in.auth) throw auth_type_missing();
  const auto found = url_target(l, caller, "CreateFunctionUrlConfig", in);
  if (!found) throw url_function_not_found();
  const QualifiedFunction& target = *found;
  check_url_settings(in);
  const Time now = l.clock.now();
  std::string id = new_uuid();
  std::erase(id, '-');
  FunctionUrl url{id, now, now, std::nullopt};
  if (in.cors) url.cors = cors_of(*in.cors);
  std::function<void(Function&)> change = [&](Function& f) {
    if (!f.urls.emplace(target.qualifier, url).second) throw url_exists(f.arn());
  };
  co_await l.functions.update(target.latest, std::move(change));
  UrlConfigOutput out = describe(l, *target.latest, target.qualifier, url);
  out.modified.reset();
  out.invoke_mode = in.invoke_mode;
  co_return out;
}

}  // namespace

extern const Operation kCreateFunctionUrlConfig;
const Operation kCreateFunctionUrlConfig =
    operation("CreateFunctionUrlConfig", kUrlConfigInput, kUrlConfigOutput, create_function_url_config)
        .http("POST", "/2021-10-31/functions/{FunctionName}/url", 201)
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
