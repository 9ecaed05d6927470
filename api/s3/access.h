// The resources of S3's operations. Their ARNs name no region and no account.
#pragma once

#include "api/core/access.h"

namespace millrace::s3 {

[[nodiscard]] std::vector<Resource> bucket_resource(void* service, const InputView& input, const Principal&);
[[nodiscard]] std::vector<Resource> object_resource(void* service, const InputView& input, const Principal&);
// The object that a copy is made of.
[[nodiscard]] std::vector<Resource> source_resource(void* service, const InputView& input, const Principal&);
// Each object that the body of DeleteObjects names.
[[nodiscard]] std::vector<Resource> named_resources(void* service, const InputView& input, const Principal&);

}  // namespace millrace::s3
