// UpdateFunctionEventInvokeConfig: changes how asynchronous invocations of a version or alias are treated;
// what is absent stays. Source: Lambda API reference, UpdateFunctionEventInvokeConfig.
#include "api/lambda/events/event_config.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<EventConfigOutput> update_event_config(Lambda& l, const Caller& caller, EventConfigInput in) {
  co_return co_await change_event_config(l, caller, "UpdateFunctionEventInvokeConfig", std::move(in),
                                         EventConfigChange::merge);
}

}  // namespace

extern const Operation kUpdateFunctionEventInvokeConfig;
const Operation kUpdateFunctionEventInvokeConfig =
    operation("UpdateFunctionEventInvokeConfig", kEventConfigInput, kEventConfigOutput, update_event_config)
        .http("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config")
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
