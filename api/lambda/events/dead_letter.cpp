#include "api/lambda/events/dead_letter.h"

#include "api/lambda/mappings/mapping_shapes.h"

namespace millrace::lambda {

asio::awaitable<void> check_dead_letter(const Lambda& lambda, const Caller& caller,
                                        const std::optional<DeadLetterConfig>& config) {
  const std::string target = config ? config->target.value_or("") : "";
  if (!target.empty()) co_await check_plain_destination(lambda, caller, target);
}

}  // namespace millrace::lambda
