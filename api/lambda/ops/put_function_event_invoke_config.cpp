// PutFunctionEventInvokeConfig: puts how asynchronous invocations of a version or alias are treated, in place
// of what was put before. Source: Lambda API reference, PutFunctionEventInvokeConfig.
#include "api/lambda/events/event_config.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<EventConfigOutput> put_event_config(Lambda& l, const Caller& caller, EventConfigInput in) {
  co_return co_await change_event_config(l, caller, "PutFunctionEventInvokeConfig", std::move(in),
                                         EventConfigChange::replace);
}

}  // namespace

extern const Operation kPutFunctionEventInvokeConfig;
const Operation kPutFunctionEventInvokeConfig =
    operation("PutFunctionEventInvokeConfig", kEventConfigInput, kEventConfigOutput, put_event_config)
        .http("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config")
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
