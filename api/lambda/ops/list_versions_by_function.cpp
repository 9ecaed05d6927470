// ListVersionsByFunction: $LATEST and the published versions, a page at a time.
// Source: Lambda API reference, ListVersionsByFunction.
#include "api/lambda/functions/versions.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListVersionsByFunction";

struct ListVersionsByFunctionInput {
  std::string name;
  std::optional<std::string> marker;
  std::optional<int> max_items;
};
using In = ListVersionsByFunctionInput;
constexpr auto kInput =
    shape<In>(field("FunctionName", &In::name, in_path, kNamespacedFunctionName),
              field("Marker", &In::marker, in_query), field("MaxItems", &In::max_items, in_query, kMaxItems));

struct ListVersionsByFunctionOutput {
  std::optional<std::string> next;
  std::vector<FunctionConfiguration> versions;
};
using Out = ListVersionsByFunctionOutput;
constexpr auto kOutput =
    shape<Out>(field("NextMarker", &Out::next), field("Versions", &Out::versions, kFunctionConfiguration));

asio::awaitable<Out> list_versions_by_function(Lambda& l, const Caller& caller, In in) {
  const FunctionPtr latest = get_latest(l.functions, target_of(caller, "ListVersionsByFunction", in.name));
  std::vector<FunctionPtr> all = l.functions.versions(*latest);
  all.insert(all.begin(), latest);
  const Page page = page_of(l, kPurpose, all.size(), in.marker, in.max_items);
  Out out{page.next};
  for (const FunctionPtr& f : std::span(all).subspan(page.first, page.count))
    out.versions.push_back(describe(*f, Phase::listed, f->version));
  co_return out;
}

}  // namespace

extern const Operation kListVersionsByFunction;
const Operation kListVersionsByFunction =
    operation("ListVersionsByFunction", kInput, kOutput, list_versions_by_function)
        .http("GET", "/2015-03-31/functions/{FunctionName}/versions")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
