// ListVersionsByFunction: $LATEST alone, since functions have no other versions here.
// Source: Lambda API reference, ListVersionsByFunction.
#include "api/lambda/names.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

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
  std::vector<FunctionConfiguration> versions;
};
constexpr auto kOutput = shape<ListVersionsByFunctionOutput>(
    field("Versions", &ListVersionsByFunctionOutput::versions, kFunctionConfiguration));

asio::awaitable<ListVersionsByFunctionOutput> list_versions_by_function(Lambda& l, const Caller& caller,
                                                                        In in) {
  const Target target = target_of(caller, "ListVersionsByFunction", in.name);
  ListVersionsByFunctionOutput out;
  out.versions.push_back(describe(*get_function(l.functions, target), Phase::listed, true));
  co_return out;
}

}  // namespace

extern const Operation kListVersionsByFunction;
const Operation kListVersionsByFunction =
    operation("ListVersionsByFunction", kInput, kOutput, list_versions_by_function)
        .http("GET", "/2015-03-31/functions/{FunctionName}/versions");

}  // namespace millrace::lambda
