// Whom a function acts as, where the server works on its behalf: reading a stream for it, delivering what
// became of its invocations.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "api/core/access.h"
#include "api/core/principal.h"
#include "api/lambda/store.h"

namespace millrace::lambda {

// A session of the function's execution role, named after the function. `function` may be nullptr: the
// function is gone, or has no role; then the account's root. Source of the names: Lambda developer guide,
// "Execution role".
[[nodiscard]] Principal acting_for(const FunctionPtr& function, const std::string& account,
                                   const std::string& region);

// Why a principal that acts for a function may not do an action ("kinesis:PutRecord") on a resource; nullopt:
// it may. An empty function means that nothing is checked (`--auth off`).
using RoleCheck = std::function<boost::asio::awaitable<std::optional<std::string>>(
    Principal acting, std::string action, Resource resource)>;

// As RoleCheck, for reading the records of a stream. Source: Lambda developer guide, "Required permissions"
// of Kinesis event source mappings.
[[nodiscard]] boost::asio::awaitable<std::optional<std::string>> reading_denied(const RoleCheck& check,
                                                                                Principal acting,
                                                                                std::string stream);

}  // namespace millrace::lambda
