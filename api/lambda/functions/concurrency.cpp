#include "api/lambda/functions/concurrency.h"

#include "api/lambda/errors.h"
#include "api/lambda/names.h"

namespace millrace::lambda {

FunctionPtr concurrency_function(const Lambda& lambda, const Caller& caller, std::string_view action,
                                 const std::string& name) {
  Target target = target_of(caller, action, name);
  if (target.qualifier) throw concurrency_of_a_version();
  target.qualifier = kLatest;  // as AWS's answer names a function that is not there
  return get_function(lambda.functions, target);
}

std::uint32_t least_unreserved(std::uint32_t workers) {
  return std::min<std::uint32_t>(100, std::max<std::uint32_t>(1, workers / 10));
}

asio::awaitable<void> set_concurrency(Lambda& lambda, FunctionPtr function,
                                      std::optional<std::uint32_t> reserved) {
  const std::uint32_t workers = lambda.options.max_workers, least = least_unreserved(workers);
  const std::uint64_t others =
      lambda.functions.usage(function->account, function->region).reserved - function->reserved.value_or(0);
  if (reserved && *reserved > 0 && others + *reserved + least > workers)
    throw unreserved_concurrency_too_low(least);
  std::function<void(Function&)> change = [reserved](Function& f) { f.reserved = reserved; };
  co_await lambda.functions.update(std::move(function), std::move(change));
}

}  // namespace millrace::lambda
