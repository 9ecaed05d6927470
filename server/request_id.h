// The names that a request is found by, in answers and in the log.
#pragma once

#include <string>

namespace millrace {

// A random UUID, version 4.
[[nodiscard]] std::string new_request_id();
// 72 random bytes as base64, which AWS calls x-amz-id-2.
[[nodiscard]] std::string new_extended_request_id();

}  // namespace millrace
