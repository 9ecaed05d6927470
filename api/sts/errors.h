// The errors of STS. Sources of the texts: LocalStack's recordings of AWS (tests/aws/services/sts).
#pragma once

#include <string>

#include "api/core/error.h"

namespace millrace::sts {

ApiError invalid(const std::string& text);            // ValidationError
ApiError invalid_parameter(const std::string& text);  // InvalidParameterValue
ApiError malformed_policy(const std::string& why);
ApiError packed_policy_too_large(std::size_t percent);
// AWS answers the same for a role that does not exist and for one that does not trust the caller.
ApiError cannot_assume(const std::string& caller, const std::string& role);
ApiError access_denied(const std::string& why);
ApiError no_such_key(const std::string& id);
ApiError internal();

}  // namespace millrace::sts
