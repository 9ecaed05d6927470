// GetAlias. Source: Lambda API reference, GetAlias.
#include "api/lambda/errors.h"
#include "api/lambda/functions/alias_shapes.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

using In = AliasInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::function, in_path, kFunctionName),
                                  field("Name", &In::name, in_path, required, kAliasName));

asio::awaitable<AliasOutput> get_alias(Lambda& l, const Caller& caller, In in) {
  const FunctionPtr function = get_latest(l.functions, target_of(caller, "GetAlias", in.function));
  const AliasPtr alias = l.functions.alias(*function, in.name);
  if (!alias) throw alias_not_found(function->arn() + ":" + in.name);
  co_return describe(*function, *alias);
}

}  // namespace

extern const Operation kGetAlias;
const Operation kGetAlias = operation("GetAlias", kInput, kAliasOutput, get_alias)
                                .http("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}")
                                .reads()
                                .on(whole_function_of);

}  // namespace millrace::lambda
