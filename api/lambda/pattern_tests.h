// The comparisons that a leaf of an event pattern may name (event_pattern.h).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace millrace::lambda {

using ValueTest = std::function<bool(const nlohmann::json&)>;

// Whether a value is equal to `expected`, a scalar.
[[nodiscard]] ValueTest equals_test(const nlohmann::json& expected);
// {"prefix": ...}, {"suffix": ...}, {"equals-ignore-case": ...}, {"wildcard": ...}, {"anything-but": ...},
// {"numeric": ...} or {"cidr": ...}. Throws BadPattern.
[[nodiscard]] ValueTest comparison_test(const std::string& name, const nlohmann::json& argument);

}  // namespace millrace::lambda
