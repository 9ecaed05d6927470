#include "api/dynamodb/expressions/legacy.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "api/core/validate.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {

namespace {

using Kind = Condition::Kind;

constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();

struct Comparison {
  std::string_view name;
  Kind kind;
  std::size_t least, most;  // operands
  std::string_view types;   // that a filter takes, each between spaces; empty: all
  bool negated = false;
};
constexpr Comparison kComparisons[] = {
    {"EQ", Kind::equal, 1, 1, ""},
    {"NE", Kind::unequal, 1, 1, ""},
    {"LE", Kind::at_most, 1, 1, " S N B "},
    {"LT", Kind::less, 1, 1, " S N B "},
    {"GE", Kind::at_least, 1, 1, " S N B "},
    {"GT", Kind::greater, 1, 1, " S N B "},
    {"NOT_NULL", Kind::exists, 0, 0, ""},
    {"NULL", Kind::not_exists, 0, 0, ""},
    {"CONTAINS", Kind::contains, 1, 1, " S N B "},
    {"NOT_CONTAINS", Kind::contains, 1, 1, " S N B ", true},
    {"BEGINS_WITH", Kind::begins_with, 1, 1, " S B "},
    {"IN", Kind::in, 1, kMany, " S N B "},
    {"BETWEEN", Kind::between, 2, 2, " S N B "},
};

const Json& member_of(const Json& object, const char* name) {
  static const Json kAbsent;
  const auto found = object.find(name);
  return found == object.end() ? kAbsent : *found;
}

// `document`: where the condition is, as AWS's texts call it.
const Comparison& comparison_of(const Json& condition, const char* document, const std::string& attribute) {
  const Json& json = member_of(condition, "ComparisonOperator");
  const std::string name = json.is_null() ? "" : text_of(json);
  for (const Comparison& c : kComparisons)
    if (c.name == name) return c;
  throw invalid(
      "1 validation error detected: Value " + (json.is_null() ? "null" : "'" + name + "'") + " at '" +
      document + "." + attribute + ".member.comparisonOperator' failed to satisfy constraint: " +
      (json.is_null()
           ? "Member must not be null"
           : "Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, "
             "NE, LE, BEGINS_WITH, GE, CONTAINS]"));
}

void check_operands(const Comparison& c, const std::vector<Value>& values) {
  if (values.size() < c.least || values.size() > c.most)
    throw invalid_parameter("Invalid number of argument(s) for the " + std::string(c.name) +
                            " ComparisonOperator");
  for (const Value& value : values)
    if (value.type() != values[0].type())
      throw invalid_parameter("AttributeValues inside AttributeValueList must be of same type");
  for (const Value& value : values)
    if (!c.types.empty() && c.types.find(" " + std::string(name_of(value.type())) + " ") == std::string::npos)
      throw invalid_parameter("ComparisonOperator " + std::string(c.name) + " is not valid for " +
                              std::string(name_of(value.type())) + " AttributeValue type");
  if (c.kind == Kind::between && order(values[0], values[1]) > 0)
    throw invalid(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
}

Condition condition_on(const std::string& attribute, Kind kind, std::vector<Value> values) {
  Condition out;
  out.kind = kind;
  out.operands.push_back({Operand::Kind::path, Path{attribute}, {}});
  for (Value& value : values) out.operands.push_back({Operand::Kind::value, {}, std::move(value)});
  return out;
}

std::vector<Value> values_of(const Json& list) {
  std::vector<Value> out;
  if (list.is_null()) return out;
  expect_list(list);
  for (const Json& json : list) out.push_back(value_of(json));
  return out;
}

Condition whole(LegacyCondition c) {
  if (!c.negated) return std::move(c.condition);
  Condition out;
  out.kind = Kind::negated;
  out.children.push_back(std::move(c.condition));
  return out;
}

std::optional<Condition> joined(std::vector<LegacyCondition> conditions, bool either) {
  if (conditions.empty()) return std::nullopt;
  Condition out;
  out.kind = either ? Kind::either : Kind::both;
  for (LegacyCondition& c : conditions) out.children.push_back(whole(std::move(c)));
  return out;
}

// {Value}, {Exists}, or {ComparisonOperator, AttributeValueList or Value}.
LegacyCondition expected(const std::string& attribute, const Json& json) {
  if (!json.is_object()) throw malformed("Unexpected value type in payload");
  const auto wrong = [&](const std::string& text) {
    return invalid_parameter(text + " for Attribute: " + attribute);
  };
  const Json &value = member_of(json, "Value"), &list = member_of(json, "AttributeValueList"),
             &exists = member_of(json, "Exists"), &name = member_of(json, "ComparisonOperator");
  if (!list.is_null() && !value.is_null())
    throw wrong("Value and AttributeValueList cannot be used together");
  if (!name.is_null()) {
    if (!exists.is_null()) throw wrong("Exists and ComparisonOperator cannot be used together");
    const Comparison& c = comparison_of(json, "expected", attribute);
    if (c.least > 0 && list.is_null() && value.is_null())
      throw wrong("Value or AttributeValueList must be used with ComparisonOperator: " + std::string(c.name));
    std::vector<Value> values = values_of(list);
    if (!value.is_null()) values.push_back(value_of(value));
    check_operands(c, values);
    return {attribute, condition_on(attribute, c.kind, std::move(values)), c.negated};
  }
  if (!list.is_null()) throw wrong("AttributeValueList can only be used with a ComparisonOperator");
  const bool must_exist = exists.is_null() || flag_of(exists);
  if (must_exist && value.is_null())
    throw wrong(std::string("Value must be provided when Exists is ") + (exists.is_null() ? "null" : "true"));
  if (!must_exist && !value.is_null()) throw wrong("Value cannot be used when Exists is false");
  if (!must_exist) return {attribute, condition_on(attribute, Kind::not_exists, {})};
  return {attribute, condition_on(attribute, Kind::equal, {value_of(value)})};
}

}  // namespace

std::vector<LegacyCondition> legacy_conditions(const char* name, const Json& document) {
  std::vector<LegacyCondition> out;
  if (document.is_null()) return out;
  if (!document.is_object()) throw malformed("Unexpected field type");
  for (const auto& [attribute, json] : document.items()) {
    if (!json.is_object()) throw malformed("Unexpected value type in payload");
    const Comparison& c = comparison_of(json, name, attribute);
    std::vector<Value> values = values_of(member_of(json, "AttributeValueList"));
    check_operands(c, values);
    out.push_back({attribute, condition_on(attribute, c.kind, std::move(values)), c.negated});
  }
  return out;
}

std::optional<Condition> filter_of(const char* name, const Json& document, bool either) {
  return joined(legacy_conditions(name, document), either);
}

std::optional<Condition> expectation_of(const Json& document, bool either) {
  std::vector<LegacyCondition> all;
  if (document.is_null()) return std::nullopt;
  if (!document.is_object()) throw malformed("Unexpected field type");
  for (const auto& [attribute, json] : document.items()) all.push_back(expected(attribute, json));
  return joined(std::move(all), either);
}

Update attribute_updates(const Json& document) {
  Update out;
  out.by_expression = false;
  if (document.is_null()) return out;
  if (!document.is_object()) throw malformed("Unexpected field type");
  for (const auto& [attribute, json] : document.items()) {
    if (!json.is_object()) throw malformed("Unexpected value type in payload");
    const Json &action = member_of(json, "Action"), &value = member_of(json, "Value");
    const std::string name = action.is_null() ? "PUT" : text_of(action);
    UpdateAction change;
    change.path = {attribute};
    if (!value.is_null()) change.value.value = value_of(value);
    const Type type = change.value.value.type();
    const bool is_set = type == Type::SS || type == Type::NS || type == Type::BS;
    if (name == "DELETE") {
      change.kind = value.is_null() ? UpdateAction::Kind::remove : UpdateAction::Kind::take_out;
      if (!value.is_null() && !is_set)
        throw invalid_parameter("DELETE action with value is not supported for the type " +
                                std::string(name_of(type)));
    } else if (value.is_null()) {
      throw invalid_parameter("Only DELETE action is allowed when no attribute value is specified");
    } else if (name == "ADD") {
      change.kind = type == Type::L ? UpdateAction::Kind::append : UpdateAction::Kind::add;
      if (!is_set && type != Type::L && type != Type::N)
        throw invalid_parameter("ADD action is not supported for the type " + std::string(name_of(type)));
    } else if (name != "PUT") {
      throw invalid("1 validation error detected: Value '" + name + "' at 'attributeUpdates." + attribute +
                    ".member.action' failed to satisfy constraint: Member must satisfy enum value set: "
                    "[ADD, PUT, DELETE]");
    }
    out.actions.push_back(std::move(change));
  }
  return out;
}

}  // namespace millrace::dynamodb
