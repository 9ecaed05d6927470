#include "api/lambda/concurrency.h"

#include "api/lambda/errors.h"
#include "api/lambda/names.h"

namespace millrace::lambda {

FunctionPtr concurrency_function(const Lambda& lambda, const Caller& caller, std::string_view action,
                                 const std::string& name) {
  const Target target = target_of(caller, action, name);
  if (target.qualifier) throw concurrency_of_a_version();
  return get_function(lambda.functions, target);
}

asio::awaitable<void> set_concurrency(Lambda& lambda, FunctionPtr function,
                                      std::optional<std::uint32_t> reserved) {
  std::function<void(Function&)> change = [reserved](Function& f) { f.reserved = reserved; };
  co_await lambda.functions.update(std::move(function), std::move(change));
}

}  // namespace millrace::lambda
