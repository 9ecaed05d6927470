// Constraints and members that more than one operation has. Source: botocore dynamodb/2012-08-10.
#pragma once

#include <algorithm>

#include "api/core/operation.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/expressions/condition.h"
#include "api/dynamodb/expressions/placeholders.h"
#include "api/dynamodb/table.h"

namespace millrace::dynamodb {

// A table by its name or ARN.
inline constexpr Rules kTableName = rules(length(1, 1024));
inline constexpr Rules kNewTableName = rules(length(3, 255), pattern("[a-zA-Z0-9_.-]+"));
inline constexpr Rules kIndexName = rules(length(3, 255), pattern("[a-zA-Z0-9_.-]+"));
inline constexpr Rules kReturnConsumed = one_of<"INDEXES", "TOTAL", "NONE">;
inline constexpr Rules kReturnOnFailure = one_of<"ALL_OLD", "NONE">;
inline constexpr Rules kReturnValues = one_of<"ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW">;
inline constexpr Rules kAndOr = one_of<"OR", "AND">;
inline constexpr Rules kSelect =
    one_of<"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES">;

inline constexpr UnreadField kCollectionMetrics = ignored<std::string>(
    "ReturnItemCollectionMetrics", "item collections are not limited in size here", one_of<"SIZE", "NONE">);

[[nodiscard]] inline bool is_table_name(const std::string& name) {
  return name.size() >= 3 && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                  c == '-' || c == '.';
         });
}

// Null where the member is absent.
[[nodiscard]] const Json& or_null(const std::optional<Json>& member);

// What is present of the two kinds of parameters, by their names, which texts of errors list.
struct ParameterKinds {
  template <class T>
  void expression(const char* name, const std::optional<T>& member) {
    if (member) expressions.push_back(name);
  }
  template <class T>
  void other(const char* name, const std::optional<T>& member) {
    if (member) others.push_back(name);
  }

  std::vector<const char*> expressions, others;      // those of the request
  std::vector<const char*> expressions_with_values;  // those that the operation has, which may use values
};
// Throws ValidationException for a mix of both kinds, and for placeholders (ExpressionAttributeNames and
// ExpressionAttributeValues) without expressions.
void check_kinds(const ParameterKinds& kinds, const std::optional<Json>& names,
                 const std::optional<Json>& values = std::nullopt);

// The names in AttributesToGet as paths. Throws ValidationException for duplicates.
[[nodiscard]] std::vector<Path> attributes_to_get(const std::vector<std::string>& names);

// Throws ValidationException if paths go into key attributes, of the table or of any of its indexes.
void check_key_paths(const TableSettings& table, const std::vector<const Path*>& paths);
void check_key_paths(const TableSettings& table, const std::vector<Path>& paths);
void check_key_paths(const TableSettings& table, const Condition& condition);

// The member ConsumedCapacity of an answer; absent unless `wanted` is TOTAL or INDEXES.
[[nodiscard]] std::optional<OrderedJson> consumed(const std::optional<std::string>& wanted,
                                                  const TableSettings& table, double units);
// Likewise of a page that was read through the index, with the units of items that were read of the table.
[[nodiscard]] std::optional<OrderedJson> consumed(const std::optional<std::string>& wanted,
                                                  const TableSettings& table, const Index& index,
                                                  double index_units, double table_units);
// Units of a read of so many bytes, and of a write of an item that had and has so many.
[[nodiscard]] double read_units(std::size_t bytes, bool consistent);
[[nodiscard]] double write_units(const std::optional<Item>& before, const std::optional<Item>& after);

}  // namespace millrace::dynamodb
