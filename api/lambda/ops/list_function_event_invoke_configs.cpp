// ListFunctionEventInvokeConfigs: of all versions and aliases of a function, a page at a time.
// Source: Lambda API reference, ListFunctionEventInvokeConfigs.
#include "api/lambda/errors.h"
#include "api/lambda/events/event_config.h"
#include "api/lambda/functions/versions.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListFunctionEventInvokeConfigs";

struct ListEventConfigsInput {
  std::string name;
  std::optional<std::string> marker;
  std::optional<int> max_items;
};
using In = ListEventConfigsInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::name, in_path, kFunctionName),
                                  field("Marker", &In::marker, in_query),
                                  field("MaxItems", &In::max_items, in_query, range(1, 50)));

struct ListEventConfigsOutput {
  std::optional<std::string> next;
  std::vector<EventConfigOutput> configs;
};
using Out = ListEventConfigsOutput;
constexpr auto kOutput = shape<Out>(field("NextMarker", &Out::next),
                                    field("FunctionEventInvokeConfigs", &Out::configs, kEventConfigOutput));

asio::awaitable<Out> list_event_configs(Lambda& l, const Caller& caller, In in) {
  const Target target = target_of(caller, "ListFunctionEventInvokeConfigs", in.name);
  const FunctionPtr latest = l.functions.find(target.account, target.region, target.name);
  if (!latest) throw event_config_function_not_found();
  const Page page = page_of(l, kPurpose, latest->event_configs.size(), in.marker, in.max_items);
  Out out{page.next};
  auto at = std::next(latest->event_configs.begin(), static_cast<std::ptrdiff_t>(page.first));
  for (std::size_t i = 0; i < page.count; ++i, ++at)
    out.configs.push_back(describe(*latest, at->first, at->second));
  co_return out;
}

}  // namespace

extern const Operation kListFunctionEventInvokeConfigs;
const Operation kListFunctionEventInvokeConfigs =
    operation("ListFunctionEventInvokeConfigs", kInput, kOutput, list_event_configs)
        .http("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
