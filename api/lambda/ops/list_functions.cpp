// ListFunctions: the caller's functions by name, a page at a time.
// Source: Lambda API reference, ListFunctions.
#include "api/lambda/errors.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListFunctions";
constexpr std::size_t kMaxPage = 50;

struct ListFunctionsInput {
  std::optional<std::string> version, marker;
  std::optional<int> max_items;
};
using In = ListFunctionsInput;
constexpr auto kInput =
    shape<In>(field("FunctionVersion", &In::version, in_query, one_of<"ALL">),
              field("Marker", &In::marker, in_query), field("MaxItems", &In::max_items, in_query, kMaxItems),
              refused("MasterRegion", "there are no Lambda@Edge functions", in_query));

struct ListFunctionsOutput {
  std::optional<std::string> next;
  std::vector<FunctionConfiguration> functions;
};
constexpr auto kOutput =
    shape<ListFunctionsOutput>(field("NextMarker", &ListFunctionsOutput::next),
                               field("Functions", &ListFunctionsOutput::functions, kFunctionConfiguration));

asio::awaitable<ListFunctionsOutput> list_functions(Lambda& l, const Caller& caller, In in) {
  std::string after;
  if (in.marker) {
    const auto opened = l.functions.seal().open(kPurpose, "", *in.marker);
    if (!opened) throw invalid_marker();
    after = *opened;
  }
  const std::size_t page = std::min(kMaxPage, static_cast<std::size_t>(in.max_items.value_or(kMaxPage)));
  std::vector<FunctionPtr> found = l.functions.list(caller, after, page + 1);
  ListFunctionsOutput out;
  if (found.size() > page) {
    found.pop_back();
    out.next = l.functions.seal().seal(kPurpose, "", found.back()->name);
  }
  for (const FunctionPtr& f : found) {
    out.functions.push_back(describe(*f, Phase::listed, in.version ? kLatest : ""));
    if (!in.version) continue;
    for (const FunctionPtr& v : l.functions.versions(*f))
      out.functions.push_back(describe(*v, Phase::listed, v->version));
  }
  co_return out;
}

}  // namespace

extern const Operation kListFunctions;
const Operation kListFunctions = operation("ListFunctions", kInput, kOutput, list_functions)
                                     .http("GET", "/2015-03-31/functions")
                                     .reads()
                                     .on(every_resource);

}  // namespace millrace::lambda
