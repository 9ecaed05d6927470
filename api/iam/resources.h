// The resources of IAM's operations, out of their inputs.
#pragma once

#include "api/auth/identities/entity.h"
#include "api/core/access.h"

namespace millrace::iam {

// The user, group or role that the input names; without a UserName, the user who calls. With the path that
// the entity has, or that it is created with.
[[nodiscard]] std::vector<Resource> user_of_input(void* service, const InputView& input,
                                                  const Principal& caller);
[[nodiscard]] std::vector<Resource> group_of_input(void* service, const InputView& input,
                                                   const Principal& caller);
[[nodiscard]] std::vector<Resource> role_of_input(void* service, const InputView& input,
                                                  const Principal& caller);
template <auth::EntityKind K>
inline constexpr ResourcesOf kEntityOfInput = K == auth::EntityKind::user    ? user_of_input
                                              : K == auth::EntityKind::group ? group_of_input
                                                                             : role_of_input;

// PolicyArn; of CreatePolicy, the policy that it creates.
[[nodiscard]] std::vector<Resource> policy_of_input(void* service, const InputView& input,
                                                    const Principal& caller);
// PolicySourceArn.
[[nodiscard]] std::vector<Resource> simulated_of_input(void* service, const InputView& input,
                                                       const Principal& caller);

}  // namespace millrace::iam
