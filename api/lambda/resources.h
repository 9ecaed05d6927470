// The resources of Lambda's operations, out of their inputs.
#pragma once

#include "api/core/access.h"

namespace millrace::lambda {

// FunctionName, with Qualifier where the request has one.
[[nodiscard]] std::vector<Resource> function_of(void* service, const InputView& input,
                                                const Principal& caller);
// FunctionName alone: what is changed or listed belongs to the function, whatever version is named.
[[nodiscard]] std::vector<Resource> whole_function_of(void* service, const InputView& input,
                                                      const Principal& caller);
// Layers: the caller must be allowed to read what the function will contain.
[[nodiscard]] std::vector<Resource> layers_of_input(void* service, const InputView& input,
                                                    const Principal& caller);
// Role: what the function will run with.
[[nodiscard]] std::vector<Resource> role_of(void* service, const InputView& input, const Principal& caller);
// The object that the code of a function or layer is read from, if it is one: the caller must be allowed to
// read it.
[[nodiscard]] std::vector<Resource> code_object_of(void* service, const InputView& input,
                                                   const Principal& caller);
// LayerName, with VersionNumber where the request has one.
[[nodiscard]] std::vector<Resource> layer_of(void* service, const InputView& input, const Principal& caller);
// Arn, of a layer's version.
[[nodiscard]] std::vector<Resource> layer_arn_of(void* service, const InputView& input,
                                                 const Principal& caller);
// UUID of an event source mapping; all of them where there is none yet.
[[nodiscard]] std::vector<Resource> mapping_of(void* service, const InputView& input,
                                               const Principal& caller);
// Resource: the ARN of what is tagged.
[[nodiscard]] std::vector<Resource> tagged_of(void* service, const InputView& input, const Principal& caller);

}  // namespace millrace::lambda
