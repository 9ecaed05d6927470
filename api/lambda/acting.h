// Whom a function acts as, where the server works on its behalf: reading a stream for it, delivering what
// became of its invocations.
#pragma once

#include "api/core/principal.h"
#include "api/lambda/store.h"

namespace millrace::lambda {

// A session of the function's execution role, named after the function. `function` may be nullptr: the
// function is gone, or has no role; then the account's root. Source of the names: Lambda developer guide,
// "Execution role".
[[nodiscard]] Principal acting_for(const FunctionPtr& function, const std::string& account,
                                   const std::string& region);

}  // namespace millrace::lambda
