// How many invocations of a function may run at a time. Source: Lambda API reference,
// PutFunctionConcurrency.
#pragma once

#include "api/lambda/service.h"

namespace millrace::lambda {

// The function that a request of `action` names. Throws concurrency_of_a_version, function_not_found, and as
// target_of does.
[[nodiscard]] FunctionPtr concurrency_function(const Lambda& lambda, const Caller& caller,
                                               std::string_view action, const std::string& name);
// What must stay for functions without a reservation, of `workers` in all: AWS keeps 100 of its 1,000 free, a
// server of fewer workers a tenth.
[[nodiscard]] std::uint32_t least_unreserved(std::uint32_t workers);
// Completes when it is on disk. Throws unreserved_concurrency_too_low, and as Functions::update does.
[[nodiscard]] asio::awaitable<void> set_concurrency(Lambda& lambda, FunctionPtr function,
                                                    std::optional<std::uint32_t> reserved);

}  // namespace millrace::lambda
