// Conditions: of writes (ConditionExpression, Expected), of what a read returns (FilterExpression,
// QueryFilter, ScanFilter), and of keys. Source: DynamoDB Developer Guide, "Condition and filter
// expressions".
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "api/dynamodb/expressions/path.h"

namespace millrace::dynamodb {

// What a condition compares: an attribute, a value of the request, or size(attribute).
struct Operand {
  enum class Kind { path, value, size_of_path, size_of_value };
  Kind kind = Kind::value;
  Path path;
  Value value;
};

struct Condition {
  enum class Kind {
    both,     // children
    either,   // children
    negated,  // one child
    equal,
    unequal,
    less,
    at_most,
    greater,
    at_least,
    between,  // three operands
    in,       // the first operand is one of the others
    exists,
    not_exists,
    has_type,
    begins_with,
    contains,
  };
  Kind kind = Kind::both;
  std::vector<Condition> children;
  std::vector<Operand> operands;

  // Whether it holds for the item. A comparison with an attribute that does not exist, or of different types,
  // does not hold, except that such operands are unequal.
  [[nodiscard]] bool holds(const Item& item) const;
  // The attributes that it names.
  void collect_paths(std::vector<const Path*>& paths) const;
};

// size(value); nullopt: its type has none.
[[nodiscard]] std::optional<std::size_t> length_of(const Value& value);

}  // namespace millrace::dynamodb
