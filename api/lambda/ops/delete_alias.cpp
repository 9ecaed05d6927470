// DeleteAlias; one that is not there is no error. Source: Lambda API reference, DeleteAlias.
#include "api/lambda/functions/alias_shapes.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

using In = AliasInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::function, in_path, kFunctionName),
                                  field("Name", &In::name, in_path, required, kAliasName));

asio::awaitable<Nothing> delete_alias(Lambda& l, const Caller& caller, In in) {
  FunctionPtr function = get_latest(l.functions, target_of(caller, "DeleteAlias", in.function));
  co_await l.functions.remove_alias(std::move(function), in.name);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteAlias;
const Operation kDeleteAlias = operation("DeleteAlias", kInput, kNothing, delete_alias)
                                   .http("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 204)
                                   .writes()
                                   .on(whole_function_of);

}  // namespace millrace::lambda
