// GetFunctionEventInvokeConfig. Source: Lambda API reference, GetFunctionEventInvokeConfig.
#include "api/lambda/events/event_config.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<EventConfigOutput> get_event_config(Lambda& l, const Caller& caller,
                                                    EventConfigReference in) {
  const ConfiguredEvents found = existing_event_config(
      l.functions, target_of(caller, "GetFunctionEventInvokeConfig", in.name, in.qualifier));
  co_return describe(*found.target.latest, found.target.qualifier, found.config);
}

}  // namespace

extern const Operation kGetFunctionEventInvokeConfig;
const Operation kGetFunctionEventInvokeConfig =
    operation("GetFunctionEventInvokeConfig", kEventConfigReference, kEventConfigOutput, get_event_config)
        .http("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
