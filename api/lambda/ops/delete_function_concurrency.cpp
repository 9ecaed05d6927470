// DeleteFunctionConcurrency: takes the function's limit away.
// Source: Lambda API reference, DeleteFunctionConcurrency.
#include "api/lambda/functions/concurrency.h"
#include "api/lambda/resources.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct DeleteFunctionConcurrencyInput {
  std::string name;
};
using In = DeleteFunctionConcurrencyInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::name, in_path, kFunctionName));

asio::awaitable<Nothing> delete_function_concurrency(Lambda& l, const Caller& caller, In in) {
  FunctionPtr function = concurrency_function(l, caller, "DeleteFunctionConcurrency", in.name);
  co_await set_concurrency(l, std::move(function), std::nullopt);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteFunctionConcurrency;
const Operation kDeleteFunctionConcurrency =
    operation("DeleteFunctionConcurrency", kInput, kNothing, delete_function_concurrency)
        .http("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204)
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
