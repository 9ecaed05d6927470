// How many invocations of a function may run at a time. Source: Lambda API reference,
// PutFunctionConcurrency.
#pragma once

#include "api/lambda/service.h"

namespace millrace::lambda {

// The function that a request of `action` names. Throws concurrency_of_a_version, function_not_found, and as
// target_of does.
[[nodiscard]] FunctionPtr concurrency_function(const Lambda& lambda, const Caller& caller,
                                               std::string_view action, const std::string& name);
// Completes when it is on disk. Throws as Functions::update does.
[[nodiscard]] asio::awaitable<void> set_concurrency(Lambda& lambda, FunctionPtr function,
                                                    std::optional<std::uint32_t> reserved);

}  // namespace millrace::lambda
