// Changes of an item: UpdateExpression, and AttributeUpdates, which is translated to the same form.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/dynamodb/expressions/path.h"
#include "api/dynamodb/expressions/placeholders.h"

namespace millrace::dynamodb {

// The right side of SET.
struct UpdateValue {
  enum class Kind { value, path, sum, difference, if_not_exists, list_append };
  Kind kind = Kind::value;
  Value value;
  Path path;  // also the first operand of if_not_exists
  std::vector<UpdateValue> operands;
};

struct UpdateAction {
  // `add`: to a number or a set. `append`: to a list (AttributeUpdates). `take_out`: members of a set.
  enum class Kind { set, remove, add, append, take_out };
  Kind kind = Kind::set;
  Path path;
  UpdateValue value;
};

struct Update {
  std::vector<UpdateAction> actions;
  bool by_expression = true;  // the texts of errors differ

  [[nodiscard]] std::vector<Path> paths() const;
  // Those of the actions, and those that their values name.
  void collect_paths(std::vector<const Path*>& paths) const;
};

// The type that the value has whatever the item; nullopt: it depends on the item.
[[nodiscard]] std::optional<Type> fixed_type(const UpdateValue& value);

// Throws ValidationException.
[[nodiscard]] Update parse_update(std::string_view expression, Placeholders& placeholders);

// Changes the item. All right sides, and all indexes of lists, are those of the item before. Throws
// ValidationException; the item is undefined then.
void apply_update(const Update& update, Item& item);

}  // namespace millrace::dynamodb
