#include "api/dynamodb/expressions/key_condition.h"

#include "api/dynamodb/errors.h"
#include "api/dynamodb/expressions/legacy.h"

namespace millrace::dynamodb {

namespace {

using Kind = Condition::Kind;

// The comparison with its operands exchanged.
Kind turned(Kind kind) {
  switch (kind) {
    case Kind::less:
      return Kind::greater;
    case Kind::at_most:
      return Kind::at_least;
    case Kind::greater:
      return Kind::less;
    case Kind::at_least:
      return Kind::at_most;
    default:
      return kind;
  }
}

void check_operator(Kind kind) {
  const auto refuse = [](const char* name) {
    throw invalid(std::string("Invalid operator used in KeyConditionExpression: ") + name);
  };
  switch (kind) {
    case Kind::either:
      return refuse("OR");
    case Kind::negated:
      return refuse("NOT");
    case Kind::in:
      return refuse("IN");
    case Kind::unequal:
      return refuse("<>");
    case Kind::exists:
      return refuse("attribute_exists");
    case Kind::not_exists:
      return refuse("attribute_not_exists");
    case Kind::has_type:
      return refuse("attribute_type");
    case Kind::contains:
      return refuse("contains");
    default:
      return;
  }
}

void collect(Condition& c, KeyConditions& out) {
  check_operator(c.kind);
  if (c.kind == Kind::both) {
    for (Condition& child : c.children) collect(child, out);
    return;
  }
  const bool fixed_order = c.kind == Kind::between || c.kind == Kind::begins_with;
  if (fixed_order && c.operands[0].kind != Operand::Kind::path)
    throw invalid(std::string("Invalid condition in KeyConditionExpression: ") +
                  (c.kind == Kind::between ? "BETWEEN" : "begins_with") +
                  " operator must have the key attribute as its first operand");
  const Path* path = nullptr;
  std::size_t place = 0;
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Operand& operand = c.operands[i];
    if (operand.kind == Operand::Kind::value) continue;
    if (operand.kind != Operand::Kind::path)
      throw invalid("KeyConditionExpressions cannot contain nested operations");
    if (path)
      throw invalid(
          "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
    if (operand.path.size() > 1)
      throw invalid("KeyConditionExpressions cannot have conditions on nested attributes");
    path = &operand.path;
    place = i;
  }
  if (!path) throw invalid("Invalid condition in KeyConditionExpression: No key attribute specified");
  KeyCondition condition{place == 0 ? c.kind : turned(c.kind), {}};
  for (std::size_t i = 0; i < c.operands.size(); ++i)
    if (i != place) condition.values.push_back(std::move(c.operands[i].value));
  if (!out.emplace(head_of(*path), std::move(condition)).second)
    throw invalid("KeyConditionExpressions must only contain one condition per key");
}

void check_count(const KeyConditions& conditions) {
  if (conditions.empty() || conditions.size() > 2) throw invalid("Conditions can be of length 1 or 2 only");
}

}  // namespace

KeyConditions key_conditions_of(Condition parsed) {
  KeyConditions out;
  collect(parsed, out);
  check_count(out);
  return out;
}

KeyConditions legacy_key_conditions(const Json& document) {
  KeyConditions out;
  for (LegacyCondition& c : legacy_conditions("keyConditions", document)) {
    KeyCondition condition{c.condition.kind, {}};
    for (std::size_t i = 1; i < c.condition.operands.size(); ++i)
      condition.values.push_back(std::move(c.condition.operands[i].value));
    out.emplace(c.attribute, std::move(condition));
  }
  check_count(out);
  return out;
}

}  // namespace millrace::dynamodb
