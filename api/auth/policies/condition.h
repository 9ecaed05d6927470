// The conditions of a statement: {"Operator": {"key": ["value", ...]}}.
// Source: the IAM user guide, "IAM JSON policy elements: Condition operators".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/auth/policies/pattern.h"

namespace millrace::auth {

enum class Comparison : std::uint8_t {
  string_equals,
  string_equals_ignoring_case,
  string_like,
  number_equals,
  number_less,
  number_less_or_equal,
  number_greater,
  number_greater_or_equal,
  date_equals,
  date_less,
  date_less_or_equal,
  date_greater,
  date_greater_or_equal,
  boolean,
  binary_equals,
  ip_address,
  arn_like,
  is_null,
};

// How the values of a key with several are combined. Without a quantifier, one of them must match.
enum class Quantifier : std::uint8_t { none, for_all, for_any };

struct Operator {
  Comparison comparison = Comparison::string_equals;
  bool negated = false;    // StringNotEquals and the like
  bool if_exists = false;  // true if the request does not have the key
  Quantifier quantifier = Quantifier::none;
};

// "StringEquals", "ForAnyValue:StringNotLikeIfExists". nullopt for other names. Case counts.
[[nodiscard]] std::optional<Operator> parse_operator(std::string_view name);

// A date of a policy in milliseconds since 1970. It is ISO 8601, of which all but the year can be absent, or
// whole seconds since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_policy_date(std::string_view text);

// An IPv4 or IPv6 network. IPv4 addresses in IPv6 (::ffff:192.0.2.1) are IPv4.
struct Network {
  std::array<std::uint8_t, 16> address{};
  unsigned bits = 0;  // of the prefix
  bool v6 = false;

  [[nodiscard]] bool contains(const Network& other) const;
};
// "192.0.2.0/24", "2001:db8::/32"; an address without a prefix length is a network of one.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

class Condition {
 public:
  // `variables`: whether ${...} in values is a variable. Values that are not of the operator's type match
  // nothing.
  Condition(Operator op, std::string_view key, const std::vector<std::string>& values, bool variables);

  // Negated operators are the opposite of the positive ones, also for a key that the request does not have
  // and for a variable without a value.
  [[nodiscard]] bool holds(const KeySource& keys) const;

  [[nodiscard]] const Operator& op() const { return op_; }
  // Appends the names of the keys that the condition compares and that its values have as variables.
  void append_keys(std::vector<std::string>& names) const;

 private:
  using Typed = std::variant<std::monostate, double, std::int64_t, bool, Network, std::string>;
  struct Operand {
    Pattern pattern;
    Typed typed;  // if the pattern has no variables
  };

  [[nodiscard]] bool matches_any(const std::string& value, const KeySource& keys) const;
  [[nodiscard]] bool matches(const Operand& operand, const std::string& value, const Typed& typed,
                             const KeySource& keys) const;
  static Typed typed_value(Comparison comparison, std::string_view text);

  Operator op_;
  std::string name_, key_;  // as written, and in small letters
  std::vector<Operand> operands_;
};

}  // namespace millrace::auth
