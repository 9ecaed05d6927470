// One run of a function, as Invoke and the queue of events do it.
#pragma once

#include "api/lambda/store.h"

namespace millrace::lambda {

inline constexpr std::size_t kMaxPayloadBytes = 6291456, kMaxEventBytes = 1048576;

// Runs the newest state of `function` and holds its code meanwhile, so that an update cannot take it away.
// Throws function_not_found when it is gone.
[[nodiscard]] asio::awaitable<boost::system::result<InvokeResult, NotRun>> run_function(
    Functions& functions, FunctionRunner& runner, FunctionPtr function, std::string payload,
    InvokeContext context);

// Why a text is no JSON that a function is given, in words close to AWS's; nullopt when it is.
[[nodiscard]] std::optional<std::string> json_trouble(std::string_view text);

// The errorMessage of what a failed invocation answered; nullopt when that has none, or it is no string. A
// function may answer an error with anything.
[[nodiscard]] std::optional<std::string> error_message_of(std::string_view payload);

}  // namespace millrace::lambda
