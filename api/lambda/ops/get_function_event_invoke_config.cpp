// GetFunctionEventInvokeConfig. Source: Lambda API reference, GetFunctionEventInvokeConfig.
#include "api/lambda/event_config.h"

namespace millrace::lambda {

namespace {

asio::awaitable<EventConfigOutput> get_event_config(Lambda& l, const Caller& caller,
                                                    EventConfigReference in) {
  const QualifiedFunction target =
      get_qualified(l.functions, target_of(caller, "GetFunctionEventInvokeConfig", in.name, in.qualifier));
  co_return describe(*target.latest, target.qualifier, existing_event_config(target));
}

}  // namespace

extern const Operation kGetFunctionEventInvokeConfig;
const Operation kGetFunctionEventInvokeConfig =
    operation("GetFunctionEventInvokeConfig", kEventConfigReference, kEventConfigOutput, get_event_config)
        .http("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config");

}  // namespace millrace::lambda
