// The managed policies that AWS has by itself, as far as this server has the services that they are for.
#pragma once

#include <span>
#include <string>

#include "api/auth/identities/managed_policy.h"

namespace millrace::auth {

// In the order of their names.
[[nodiscard]] std::span<const ManagedPolicyPtr> aws_policies();
// nullptr: there is none of that name.
[[nodiscard]] ManagedPolicyPtr aws_policy(const std::string& name);

}  // namespace millrace::auth
