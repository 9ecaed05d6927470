// DeleteFunction: the function with its versions, or one version; event source mappings stay, as on AWS.
// Source: Lambda API reference, DeleteFunction.
#include "api/lambda/errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct DeleteFunctionInput {
  std::string name;
  std::optional<std::string> qualifier;
};
constexpr auto kInput = shape<DeleteFunctionInput>(
    field("FunctionName", &DeleteFunctionInput::name, in_path, kNamespacedFunctionName),
    field("Qualifier", &DeleteFunctionInput::qualifier, in_query, kQualifier));

asio::awaitable<Nothing> delete_function(Lambda& l, const Caller& caller, DeleteFunctionInput in) {
  const Target target = target_of(caller, "DeleteFunction", in.name, in.qualifier);
  if (target.qualifier == kLatest) throw latest_cannot_be_deleted();
  const FunctionPtr latest = l.functions.find(target.account, target.region, target.name);
  if (!latest) throw function_not_found(function_arn(target.account, target.region, target.name));
  const FunctionPtr function = find_function(l.functions, target);
  if (target.qualifier) {
    if (!function) co_return Nothing{};                                                  // AWS: 204
    if (*target.qualifier != function->version) throw function_not_found(target.arn());  // an alias
    co_await l.functions.remove_version(function);
    co_await discard_code_of(l, function);
    co_return Nothing{};
  }
  const std::set<std::string> archives = co_await l.functions.remove(function);
  l.runner.forget(function->arn());
  for (const std::string& archive : archives) co_await discard_code(l, function->account, archive);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteFunction;
const Operation kDeleteFunction = operation("DeleteFunction", kInput, kNothing, delete_function)
                                      .http("DELETE", "/2015-03-31/functions/{FunctionName}", 204)
                                      .writes()
                                      .on(whole_function_of);

}  // namespace millrace::lambda
