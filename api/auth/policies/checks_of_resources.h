// What AWS checks of the resources that an identity policy names.
#pragma once

#include <string>
#include <string_view>

namespace millrace::auth {

// The text of AWS's error for a text that is neither "*" nor an ARN of a known partition, or that is an ARN
// which IAM or S3 does not have; empty if there is none.
[[nodiscard]] std::string resource_error(const std::string& resource);

// Whether a text that has no resource_error passes what AWS calls legacy parsing: "*", or an ARN that names a
// service and all its six parts.
[[nodiscard]] bool is_legacy_arn(std::string_view resource);

}  // namespace millrace::auth
