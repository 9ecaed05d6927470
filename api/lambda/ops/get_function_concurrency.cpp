// GetFunctionConcurrency: the function's limit, if it has one.
// Source: Lambda API reference, GetFunctionConcurrency.
#include "api/lambda/functions/concurrency.h"
#include "api/lambda/resources.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct GetFunctionConcurrencyInput {
  std::string name;
};
using In = GetFunctionConcurrencyInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::name, in_path, kFunctionName));

asio::awaitable<ConcurrencyOutput> get_function_concurrency(Lambda& l, const Caller& caller, In in) {
  const FunctionPtr function = concurrency_function(l, caller, "GetFunctionConcurrency", in.name);
  ConcurrencyOutput out;
  if (function->reserved) out.reserved = static_cast<int>(*function->reserved);
  co_return out;
}

}  // namespace

extern const Operation kGetFunctionConcurrency;
const Operation kGetFunctionConcurrency =
    operation("GetFunctionConcurrency", kInput, kConcurrencyOutput, get_function_concurrency)
        .http("GET", "/2019-09-30/functions/{FunctionName}/concurrency")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
