// ListFunctionUrlConfigs: of all aliases of a function, a page at a time.
// Source: Lambda API reference, ListFunctionUrlConfigs.
#include "api/lambda/errors.h"
#include "api/lambda/functions/versions.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListFunctionUrlConfigs";

struct ListUrlConfigsInput {
  std::string name;
  std::optional<std::string> marker;
  std::optional<int> max_items;
};
constexpr auto kInput =
    shape<ListUrlConfigsInput>(field("FunctionName", &ListUrlConfigsInput::name, in_path, kFunctionName),
                               field("Marker", &ListUrlConfigsInput::marker, in_query),
                               field("MaxItems", &ListUrlConfigsInput::max_items, in_query, range(1, 50)));

struct ListUrlConfigsOutput {
  std::optional<std::string> next;
  std::vector<UrlConfigOutput> configs;
};
constexpr auto kOutput = shape<ListUrlConfigsOutput>(
    field("NextMarker", &ListUrlConfigsOutput::next),
    field("FunctionUrlConfigs", &ListUrlConfigsOutput::configs, kUrlConfigOutput));

asio::awaitable<ListUrlConfigsOutput> list_function_url_configs(Lambda& l, const Caller& caller,
                                                                ListUrlConfigsInput in) {
  const Target target = target_of(caller, "ListFunctionUrlConfigs", in.name);
  const FunctionPtr latest = l.functions.find(target.account, target.region, target.name);
  if (!latest) throw url_function_not_found();
  const Page page = page_of(l, kPurpose, latest->urls.size(), in.marker, in.max_items);
  ListUrlConfigsOutput out{page.next};
  auto at = std::next(latest->urls.begin(), static_cast<std::ptrdiff_t>(page.first));
  for (std::size_t i = 0; i < page.count; ++i, ++at)
    out.configs.push_back(describe(l, *latest, at->first, at->second));
  co_return out;
}

}  // namespace

extern const Operation kListFunctionUrlConfigs;
const Operation kListFunctionUrlConfigs =
    operation("ListFunctionUrlConfigs", kInput, kOutput, list_function_url_configs)
        .http("GET", "/2021-10-31/functions/{FunctionName}/urls")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
