// The comparisons that a leaf of an event pattern may name (event_pattern.h).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>

namespace millrace::lambda {

using ValueTest = std::function<bool(const nlohmann::json&)>;

// Scalars, of which a value may be one. Numbers are equal by their value, however they are written.
class EqualValues {
 public:
  void add(const nlohmann::json& scalar);
  [[nodiscard]] bool contains(const nlohmann::json& value) const;

 private:
  std::unordered_set<std::string> texts_;
  std::unordered_set<double> numbers_;
  bool null_ = false, true_ = false, false_ = false;
};

// {"prefix": ...}, {"suffix": ...}, {"equals-ignore-case": ...}, {"wildcard": ...}, {"anything-but": ...},
// {"numeric": ...} or {"cidr": ...}. Throws BadPattern.
[[nodiscard]] ValueTest comparison_test(const std::string& name, const nlohmann::json& argument);

}  // namespace millrace::lambda
