// CreateFunctionUrlConfig: an address by which a function is invoked over plain HTTP.
// Source: Lambda API reference, CreateFunctionUrlConfig.
#include "api/lambda/errors.h"
#include "api/lambda/function_url.h"

namespace millrace::lambda {

namespace {

asio::awaitable<UrlConfigOutput> create_function_url_config(Lambda& l, const Caller& caller,
                                                            UrlConfigInput in) {
  const QualifiedFunction target = url_target(l, caller, "CreateFunctionUrlConfig", in);
  if (!in.auth) throw auth_type_missing();
  check_url_settings(in);
  const Time now = l.clock.now();
  std::string id = new_uuid();
  std::erase(id, '-');
  const FunctionUrl url{id, now, now};
  std::function<void(Function&)> change = [&](Function& f) {
    if (!f.urls.emplace(target.qualifier, url).second) throw url_exists(f.arn());
  };
  co_await l.functions.update(target.latest, std::move(change));
  co_return describe(l, *target.latest, target.qualifier, url);
}

}  // namespace

extern const Operation kCreateFunctionUrlConfig;
const Operation kCreateFunctionUrlConfig =
    operation("CreateFunctionUrlConfig", kUrlConfigInput, kUrlConfigOutput, create_function_url_config)
        .http("POST", "/2021-10-31/functions/{FunctionName}/url", 201);

}  // namespace millrace::lambda
