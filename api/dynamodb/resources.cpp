#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

std::vector<Resource> table_of_input(void*, const InputView& input, const Principal& caller) {
  const auto name = input.text("TableName");
  if (!name) return {};
  Resource table{"dynamodb", caller.region, caller.account, "table", std::string(*name)};
  if (name->starts_with("arn:")) {
    auto named = resource_of_arn(*name);
    if (!named) return {};
    table = std::move(*named);
  }
  if (const auto index = input.text("IndexName")) table.name += "/index/" + std::string(*index);
  return {std::move(table)};
}

std::vector<Resource> tagged_of_input(void*, const InputView& input, const Principal&) {
  const auto arn = input.text("ResourceArn");
  auto named = arn ? resource_of_arn(*arn) : std::nullopt;
  if (!named) return {};
  return {std::move(*named)};
}

}  // namespace millrace::dynamodb
