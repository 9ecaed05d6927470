// Every error of CloudWatch Logs, once. Source: CloudWatch Logs API reference.
#pragma once

#include <string_view>

#include "api/core/error.h"

namespace millrace::logs {

ApiError group_not_found();
ApiError stream_not_found();
ApiError group_missing();
ApiError pattern_not_supported(std::string_view pattern);
ApiError bad_retention();
ApiError invalid_token();
ApiError internal();

}  // namespace millrace::logs
