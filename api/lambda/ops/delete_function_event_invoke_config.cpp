// DeleteFunctionEventInvokeConfig. Source: Lambda API reference, DeleteFunctionEventInvokeConfig.
#include "api/lambda/events/event_config.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<Nothing> delete_event_config(Lambda& l, const Caller& caller, EventConfigReference in) {
  const Target named = target_of(caller, "DeleteFunctionEventInvokeConfig", in.name, in.qualifier);
  const QualifiedFunction target = existing_event_config(l.functions, named).target;
  std::function<void(Function&)> change = [&](Function& f) { f.event_configs.erase(target.qualifier); };
  co_await l.functions.update(target.latest, std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteFunctionEventInvokeConfig;
const Operation kDeleteFunctionEventInvokeConfig =
    operation("DeleteFunctionEventInvokeConfig", kEventConfigReference, kNothing, delete_event_config)
        .http("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204)
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
