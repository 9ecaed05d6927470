// The resources of CloudWatch Logs' operations, out of their inputs.
#pragma once

#include "api/core/access.h"

namespace millrace::logs {

// logGroupName or logGroupIdentifier; all groups where there is none.
[[nodiscard]] std::vector<Resource> group_of_input(void* service, const InputView& input,
                                                   const Principal& caller);

}  // namespace millrace::logs
