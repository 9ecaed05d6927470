// Whether a role trusts who wants to assume it.
#pragma once

#include "api/auth/policies/context.h"
#include "api/sts/service.h"

namespace millrace::sts {

// The condition keys of a request that is not about to assume a role with tags yet.
[[nodiscard]] auth::Context context_of(const Sts& sts, const Request& request);

// By the role's trust policy and the policies of the caller. `policies` is empty for who has none. The text
// of AccessDenied if it does not; empty: it does.
[[nodiscard]] std::string refusal(const auth::Entity& role, const std::string& role_arn,
                                  std::string_view action, const auth::Identity& caller,
                                  const auth::PolicySet& policies, const auth::Context& context);

}  // namespace millrace::sts
