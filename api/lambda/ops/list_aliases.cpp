// ListAliases: a function's aliases, of one version if asked, a page at a time.
// Source: Lambda API reference, ListAliases.
#include "api/lambda/functions/alias_shapes.h"
#include "api/lambda/functions/versions.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kPurpose = "lambda ListAliases";

struct ListAliasesInput {
  std::string function;
  std::optional<std::string> version, marker;
  std::optional<int> max_items;
};
using In = ListAliasesInput;
constexpr auto kInput =
    shape<In>(field("FunctionName", &In::function, in_path, kFunctionName),
              field("FunctionVersion", &In::version, in_query, kVersion),
              field("Marker", &In::marker, in_query), field("MaxItems", &In::max_items, in_query, kMaxItems));

struct ListAliasesOutput {
  std::optional<std::string> next;
  std::vector<AliasOutput> aliases;
};
using Out = ListAliasesOutput;
constexpr auto kOutput =
    shape<Out>(field("NextMarker", &Out::next), field("Aliases", &Out::aliases, kAliasOutput));

asio::awaitable<Out> list_aliases(Lambda& l, const Caller& caller, In in) {
  const FunctionPtr function = get_latest(l.functions, target_of(caller, "ListAliases", in.function));
  std::vector<AliasPtr> all = l.functions.aliases(*function);
  if (in.version) std::erase_if(all, [&](const AliasPtr& a) { return a->version != *in.version; });
  const Page page = page_of(l, kPurpose, all.size(), in.marker, in.max_items);
  Out out{page.next};
  for (const AliasPtr& a : std::span(all).subspan(page.first, page.count))
    out.aliases.push_back(describe(*function, *a));
  co_return out;
}

}  // namespace

extern const Operation kListAliases;
const Operation kListAliases = operation("ListAliases", kInput, kOutput, list_aliases)
                                   .http("GET", "/2015-03-31/functions/{FunctionName}/aliases")
                                   .reads()
                                   .on(whole_function_of);

}  // namespace millrace::lambda
