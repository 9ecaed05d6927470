#include "api/dynamodb/shapes.h"

#include <cmath>

namespace millrace::dynamodb {

namespace {

std::string joined(const std::vector<const char*>& names, const char* between) {
  std::string out;
  for (const char* name : names) out += (out.empty() ? "" : between) + std::string(name);
  return out;
}

}  // namespace

const Json& or_null(const std::optional<Json>& member) {
  static const Json kNull;
  return member ? *member : kNull;
}

void check_kinds(const ParameterKinds& kinds, const std::optional<Json>& names,
                 const std::optional<Json>& values) {
  if (!kinds.expressions.empty() && !kinds.others.empty())
    throw invalid(
        "Can not use both expression and non-expression parameters in the same request: Non-expression "
        "parameters: {" +
        joined(kinds.others, ", ") + "} Expression parameters: {" + joined(kinds.expressions, ", ") + "}");
  if (names && kinds.expressions.empty())
    throw invalid("ExpressionAttributeNames can only be specified when using expressions");
  const bool takes_values =
      std::any_of(kinds.expressions.begin(), kinds.expressions.end(), [&](std::string_view present) {
        return std::find(kinds.expressions_with_values.begin(), kinds.expressions_with_values.end(),
                         present) != kinds.expressions_with_values.end();
      });
  if (values && !takes_values)
    throw invalid("ExpressionAttributeValues can only be specified when using expressions: " +
                  joined(kinds.expressions_with_values, " and ") +
                  (kinds.expressions_with_values.size() > 1 ? " are null" : " is null"));
}

std::vector<Path> attributes_to_get(const std::vector<std::string>& names) {
  std::vector<Path> out;
  for (const std::string& name : names) {
    if (std::find(out.begin(), out.end(), Path{name}) != out.end())
      throw invalid_parameter("Duplicate value in attribute name: " + name);
    out.push_back({name});
  }
  return out;
}

void check_key_paths(const TableSettings& table, const std::vector<const Path*>& paths) {
  const auto check = [&](const KeySchema& keys, const char* what) {
    for (const KeyAttribute& key : keys)
      for (const Path* path : paths)
        if (path->size() > 1 && head_of(*path) == key.name)
          throw invalid(std::string("Key attributes must be scalars; list random access '[]' and map lookup "
                                    "'.' are not allowed: ") +
                        what + ": " + key.name);
  };
  check(table.keys, "Key");
  for (const Index& index : table.indexes) check(index.keys, "IndexKey");
}

void check_key_paths(const TableSettings& table, const std::vector<Path>& paths) {
  std::vector<const Path*> all;
  for (const Path& path : paths) all.push_back(&path);
  check_key_paths(table, all);
}

void check_key_paths(const TableSettings& table, const Condition& condition) {
  std::vector<const Path*> all;
  condition.collect_paths(all);
  check_key_paths(table, all);
}

std::optional<OrderedJson> consumed(const std::optional<std::string>& wanted, const TableSettings& table,
                                    double units) {
  if (!wanted || *wanted == "NONE") return std::nullopt;
  OrderedJson out;
  out["TableName"] = table.name;
  out["CapacityUnits"] = units;
  if (*wanted == "INDEXES") out["Table"]["CapacityUnits"] = units;
  return out;
}

std::optional<OrderedJson> consumed(const std::optional<std::string>& wanted, const TableSettings& table,
                                    const Index& index, double index_units, double table_units) {
  auto out = consumed(wanted, table, index_units + table_units);
  if (!out || *wanted != "INDEXES") return out;
  (*out)["Table"]["CapacityUnits"] = table_units;
  const char* const kind = index.global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes";
  (*out)[kind][index.name]["CapacityUnits"] = index_units;
  return out;
}

double read_units(std::size_t bytes, bool consistent) {
  const double units = std::max(1.0, std::ceil(static_cast<double>(bytes) / 4096));
  return consistent ? units : units / 2;
}

double write_units(const std::optional<Item>& before, const std::optional<Item>& after) {
  const std::size_t bytes = std::max(before ? size_of(*before) : 0, after ? size_of(*after) : 0);
  return std::max(1.0, std::ceil(static_cast<double>(bytes) / 1024));
}

}  // namespace millrace::dynamodb
