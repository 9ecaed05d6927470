#include "api/auth/policies/condition.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "api/core/ascii.h"
#include "api/core/base64.h"
#include "api/core/message.h"

namespace millrace::auth {

namespace {

struct NamedOperator {
  std::string_view name;
  Comparison comparison;
  bool negated = false;
};

constexpr NamedOperator kOperators[] = {
    {"StringEquals", Comparison::string_equals},
    {"StringNotEquals", Comparison::string_equals, true},
    {"StringEqualsIgnoreCase", Comparison::string_equals_ignoring_case},
    {"StringNotEqualsIgnoreCase", Comparison::string_equals_ignoring_case, true},
    {"StringLike", Comparison::string_like},
    {"StringNotLike", Comparison::string_like, true},
    {"NumericEquals", Comparison::number_equals},
    {"NumericNotEquals", Comparison::number_equals, true},
    {"NumericLessThan", Comparison::number_less},
    {"NumericLessThanEquals", Comparison::number_less_or_equal},
    {"NumericGreaterThan", Comparison::number_greater},
    {"NumericGreaterThanEquals", Comparison::number_greater_or_equal},
    {"DateEquals", Comparison::date_equals},
    {"DateNotEquals", Comparison::date_equals, true},
    {"DateLessThan", Comparison::date_less},
    {"DateLessThanEquals", Comparison::date_less_or_equal},
    {"DateGreaterThan", Comparison::date_greater},
    {"DateGreaterThanEquals", Comparison::date_greater_or_equal},
    {"Bool", Comparison::boolean},
    {"BinaryEquals", Comparison::binary_equals},
    {"IpAddress", Comparison::ip_address},
    {"NotIpAddress", Comparison::ip_address, true},
    {"ArnEquals", Comparison::arn_like},
    {"ArnLike", Comparison::arn_like},
    {"ArnNotEquals", Comparison::arn_like, true},
    {"ArnNotLike", Comparison::arn_like, true},
    {"Null", Comparison::is_null},
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<double> parse_decimal(std::string_view text) {
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (equals_ignoring_case(text, "true")) return true;
  if (equals_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

template <class T>
bool compare(Comparison comparison, const T& value, const T& operand) {
  switch (comparison) {
    case Comparison::number_less:
    case Comparison::date_less:
      return value < operand;
    case Comparison::number_less_or_equal:
    case Comparison::date_less_or_equal:
      return value <= operand;
    case Comparison::number_greater:
    case Comparison::date_greater:
      return value > operand;
    case Comparison::number_greater_or_equal:
    case Comparison::date_greater_or_equal:
      return value >= operand;
    default:
      return value == operand;
  }
}

// Splits off what stands before the next colon; nullopt: there is none. `Text` is a view.
template <class Text>
std::optional<Text> next_part(Text& rest) {
  const std::size_t colon = rest.find(typename Text::value_type(':'));
  if (colon == Text::npos) return std::nullopt;
  const Text part = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  return part;
}

// ARNs have six parts, of which the last may contain colons. Wildcards do not reach into the next part.
bool arn_matches(std::u16string_view code, std::string_view arn) {
  if (code == std::u16string_view(&kAnyRun, 1)) return true;
  for (int i = 0; i < 5; ++i) {
    const auto pattern = next_part(code);
    const auto part = next_part(arn);
    if (!pattern || !part || !matches_code(*pattern, *part)) return false;
  }
  return matches_code(code, arn);
}

bool has_wildcards(Comparison comparison) {
  return comparison == Comparison::string_like || comparison == Comparison::arn_like;
}

}  // namespace

std::optional<Operator> parse_operator(std::string_view name) {
  Operator out;
  if (take_prefix(name, "ForAllValues:")) {
    out.quantifier = Quantifier::for_all;
  } else if (take_prefix(name, "ForAnyValue:")) {
    out.quantifier = Quantifier::for_any;
  }
  constexpr std::string_view kIfExists = "IfExists";
  if (name.ends_with(kIfExists)) {
    out.if_exists = true;
    name.remove_suffix(kIfExists.size());
  }
  for (const NamedOperator& known : kOperators) {
    if (known.name != name) continue;
    if (known.comparison == Comparison::is_null && out.if_exists) return std::nullopt;
    out.comparison = known.comparison;
    out.negated = known.negated;
    return out;
  }
  return std::nullopt;
}

Condition::Condition(Operator op, std::string_view key, const std::vector<std::string>& values,
                     bool variables)
    : op_(op), name_(key), key_(lowered(name_)) {
  operands_.reserve(values.size());
  for (const std::string& value : values) {
    Operand& operand = operands_.emplace_back(
        Operand{Pattern(value, {.wildcards = has_wildcards(op.comparison), .variables = variables}), {}});
    if (!operand.pattern.has_variables()) operand.typed = typed_value(op.comparison, value);
  }
}

Condition::Typed Condition::typed_value(Comparison comparison, std::string_view text) {
  const auto typed = [](auto value) -> Typed {
    if (!value) return std::monostate();
    return std::move(*value);
  };
  switch (comparison) {
    case Comparison::number_equals:
    case Comparison::number_less:
    case Comparison::number_less_or_equal:
    case Comparison::number_greater:
    case Comparison::number_greater_or_equal:
      return typed(parse_decimal(text));
    case Comparison::date_equals:
    case Comparison::date_less:
    case Comparison::date_less_or_equal:
    case Comparison::date_greater:
    case Comparison::date_greater_or_equal:
      return typed(parse_policy_date(text));
    case Comparison::boolean:
    case Comparison::is_null:
      return typed(parse_boolean(text));
    case Comparison::binary_equals:
      return typed(base64_decode(text));
    case Comparison::ip_address:
      return typed(parse_network(text));
    default:
      return std::monostate();
  }
}

bool Condition::matches(const Operand& operand, const std::string& value, const Typed& typed,
                        const KeySource& keys) const {
  switch (op_.comparison) {
    case Comparison::string_equals:
    case Comparison::string_like:
      return operand.pattern.matches(value, keys);
    case Comparison::string_equals_ignoring_case: {
      const auto text = operand.pattern.text(keys, value.size());
      return text && equals_ignoring_case(*text, value);
    }
    case Comparison::arn_like: {
      const auto code = operand.pattern.code(keys, value.size());
      return code && arn_matches(*code, value);
    }
    default:
      break;
  }
  constexpr std::size_t kMostTyped = 4096;  // bytes of a number, a date or the like from a variable
  Typed expanded;
  if (operand.pattern.has_variables()) {
    const auto text = operand.pattern.text(keys, kMostTyped);
    if (text) expanded = typed_value(op_.comparison, *text);
  }
  const Typed& other = operand.pattern.has_variables() ? expanded : operand.typed;
  if (typed.index() != other.index()) return false;
  if (const auto* number = std::get_if<double>(&typed))
    return compare(op_.comparison, *number, std::get<double>(other));
  if (const auto* date = std::get_if<std::int64_t>(&typed))
    return compare(op_.comparison, *date, std::get<std::int64_t>(other));
  if (const auto* address = std::get_if<Network>(&typed)) return std::get<Network>(other).contains(*address);
  if (const auto* boolean = std::get_if<bool>(&typed)) return *boolean == std::get<bool>(other);
  if (const auto* bytes = std::get_if<std::string>(&typed)) return *bytes == std::get<std::string>(other);
  return false;
}

bool Condition::matches_any(const std::string& value, const KeySource& keys) const {
  const Typed typed = typed_value(op_.comparison, value);
  return std::any_of(operands_.begin(), operands_.end(),
                     [&](const Operand& operand) { return matches(operand, value, typed, keys); });
}

bool Condition::holds(const KeySource& keys) const {
  const KeyValues* values = keys.find(key_);
  if (op_.comparison == Comparison::is_null) return matches_any(values ? "false" : "true", keys);
  if (!values) {
    if (op_.if_exists || op_.quantifier == Quantifier::for_all) return true;
    return op_.quantifier == Quantifier::none && op_.negated;
  }
  const auto any = [&](const std::string& value) { return matches_any(value, keys); };
  const auto holds_for = [&](const std::string& value) { return any(value) != op_.negated; };
  switch (op_.quantifier) {
    case Quantifier::for_all:
      return std::all_of(values->begin(), values->end(), holds_for);
    case Quantifier::for_any:
      return std::any_of(values->begin(), values->end(), holds_for);
    case Quantifier::none:
      break;
  }
  return std::any_of(values->begin(), values->end(), any) != op_.negated;
}

void Condition::append_keys(std::vector<std::string>& names) const {
  names.push_back(name_);
  for (const Operand& operand : operands_) operand.pattern.append_keys(names);
}

}  // namespace millrace::auth
