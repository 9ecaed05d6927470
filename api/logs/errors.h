// Every error of CloudWatch Logs, once. Source: CloudWatch Logs API reference.
#pragma once

#include <string>
#include <string_view>

#include "api/core/error.h"

namespace millrace::logs {

ApiError group_not_found();
ApiError stream_not_found();
ApiError group_missing();
ApiError name_and_identifier();
ApiError prefix_and_pattern();
ApiError prefix_and_names();
ApiError ordered_by_time_with_prefix();
// `message`: of the ValidationException that other services answer.
ApiError constraint_violated(const std::string& message);
ApiError pattern_not_supported(std::string_view pattern);
ApiError latest_first_not_supported();
ApiError bad_retention();
ApiError invalid_token();
ApiError internal();

}  // namespace millrace::logs
