// The resources of DynamoDB's operations, out of their inputs.
#pragma once

#include "api/core/access.h"

namespace millrace::dynamodb {

// TableName; with IndexName, the index.
[[nodiscard]] std::vector<Resource> table_of_input(void* service, const InputView& input,
                                                   const Principal& caller);
// ResourceArn.
[[nodiscard]] std::vector<Resource> tagged_of_input(void* service, const InputView& input,
                                                    const Principal& caller);

}  // namespace millrace::dynamodb
