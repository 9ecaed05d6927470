// ExpressionAttributeNames and ExpressionAttributeValues: what "#n" and ":v" stand for in the expressions of
// one request, and which of them no expression has used.
#pragma once

#include <map>
#include <set>
#include <string>

#include "api/core/value_type.h"
#include "api/dynamodb/values/value.h"

namespace millrace::dynamodb {

class Placeholders {
 public:
  Placeholders() = default;
  // Null documents are absent members. Throws ApiError if keys or values are wrong.
  Placeholders(const Json& names, const Json& values);

  // By the whole token ("#n", ":v"), which counts as used. nullptr: not defined.
  [[nodiscard]] const std::string* name(const std::string& token);
  [[nodiscard]] const Value* value(const std::string& token);

  // Throws ValidationException if something is not used.
  void check_all_used() const;

 private:
  std::map<std::string, std::string> names_;
  Item values_;
  std::set<std::string> unused_names_, unused_values_;
};

}  // namespace millrace::dynamodb
