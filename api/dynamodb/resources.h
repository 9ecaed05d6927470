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

// The tables of RequestItems.
[[nodiscard]] std::vector<Resource> tables_of_batch(void* service, const InputView& input,
                                                    const Principal& caller);
// The tables of TransactItems whose items have the member: each kind of request has an action of its own.
// Source: DynamoDB developer guide, "Using IAM with DynamoDB transactions".
[[nodiscard]] std::vector<Resource> tables_of_gets(void* service, const InputView& input,
                                                   const Principal& caller);
[[nodiscard]] std::vector<Resource> tables_of_puts(void* service, const InputView& input,
                                                   const Principal& caller);
[[nodiscard]] std::vector<Resource> tables_of_updates(void* service, const InputView& input,
                                                      const Principal& caller);
[[nodiscard]] std::vector<Resource> tables_of_deletes(void* service, const InputView& input,
                                                      const Principal& caller);
[[nodiscard]] std::vector<Resource> tables_of_checks(void* service, const InputView& input,
                                                     const Principal& caller);

}  // namespace millrace::dynamodb
