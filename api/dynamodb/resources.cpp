#include "api/dynamodb/resources.h"

#include <set>

namespace millrace::dynamodb {

namespace {

std::optional<Resource> table_named(std::string_view name, const Principal& caller) {
  // As the operations read it: another separator would be another resource for policies.
  if (name.starts_with("arn:")) {
    auto named = resource_of_arn(name);
    return named && named->separator == '/' ? std::move(named) : std::nullopt;
  }
  return Resource{"dynamodb", caller.region, caller.account, "table", std::string(name)};
}

std::vector<Resource> tables_named(const std::set<std::string>& names, const Principal& caller) {
  std::vector<Resource> out;
  for (const std::string& name : names)
    if (auto table = table_named(name, caller)) out.push_back(std::move(*table));
  return out;
}

std::vector<Resource> tables_of(const InputView& input, const char* member, const Principal& caller) {
  std::set<std::string> names;
  const OrderedJson document = input.document();
  const auto items = document.find("TransactItems");
  if (items == document.end() || !items->is_array()) return {};
  for (const OrderedJson& item : *items) {
    if (!item.is_object() || !item.contains(member) || !item[member].is_object()) continue;
    const auto table = item[member].find("TableName");
    if (table != item[member].end() && table->is_string()) names.insert(table->get<std::string>());
  }
  return tables_named(names, caller);
}

}  // namespace

std::vector<Resource> table_of_input(void*, const InputView& input, const Principal& caller) {
  const auto name = input.text("TableName");
  if (!name) return {};
  std::optional<Resource> table = table_named(*name, caller);
  if (!table) return {};
  if (const auto index = input.text("IndexName")) table->name += "/index/" + std::string(*index);
  return {std::move(*table)};
}

std::vector<Resource> tables_of_batch(void*, const InputView& input, const Principal& caller) {
  std::set<std::string> names;
  const OrderedJson document = input.document();
  const auto tables = document.find("RequestItems");
  if (tables == document.end() || !tables->is_object()) return {};
  for (const auto& [name, requests] : tables->items()) names.insert(name);
  return tables_named(names, caller);
}

std::vector<Resource> tables_of_gets(void*, const InputView& input, const Principal& caller) {
  return tables_of(input, "Get", caller);
}
std::vector<Resource> tables_of_puts(void*, const InputView& input, const Principal& caller) {
  return tables_of(input, "Put", caller);
}
std::vector<Resource> tables_of_updates(void*, const InputView& input, const Principal& caller) {
  return tables_of(input, "Update", caller);
}
std::vector<Resource> tables_of_deletes(void*, const InputView& input, const Principal& caller) {
  return tables_of(input, "Delete", caller);
}
std::vector<Resource> tables_of_checks(void*, const InputView& input, const Principal& caller) {
  return tables_of(input, "ConditionCheck", caller);
}

std::vector<Resource> tagged_of_input(void*, const InputView& input, const Principal& caller) {
  const auto arn = input.text("ResourceArn");
  auto named = arn ? table_named(*arn, caller) : std::nullopt;
  if (!named) return {};
  return {std::move(*named)};
}

}  // namespace millrace::dynamodb
