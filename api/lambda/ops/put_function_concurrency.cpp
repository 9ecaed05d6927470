// PutFunctionConcurrency: how many invocations of a function may run at a time, at most.
// Source: Lambda API reference, PutFunctionConcurrency.
#include "api/lambda/functions/concurrency.h"
#include "api/lambda/resources.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct PutFunctionConcurrencyInput {
  std::string name;
  int reserved = 0;
};
using In = PutFunctionConcurrencyInput;
constexpr auto kInput =
    shape<In>(field("FunctionName", &In::name, in_path, kFunctionName),
              field("ReservedConcurrentExecutions", &In::reserved, required, range(0, 1000000)));

asio::awaitable<ConcurrencyOutput> put_function_concurrency(Lambda& l, const Caller& caller, In in) {
  FunctionPtr function = concurrency_function(l, caller, "PutFunctionConcurrency", in.name);
  co_await set_concurrency(l, std::move(function), static_cast<std::uint32_t>(in.reserved));
  co_return ConcurrencyOutput{in.reserved};
}

}  // namespace

extern const Operation kPutFunctionConcurrency;
const Operation kPutFunctionConcurrency =
    operation("PutFunctionConcurrency", kInput, kConcurrencyOutput, put_function_concurrency)
        .http("PUT", "/2017-10-31/functions/{FunctionName}/concurrency")
        .writes()
        .on(whole_function_of);

}  // namespace millrace::lambda
