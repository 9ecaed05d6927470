#include "api/dynamodb/tags.h"

#include "api/core/access.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxTags = 50;

}  // namespace

void add_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& more) {
  for (const Tag& tag : more) tags.insert_or_assign(tag.key, tag.value);
  if (tags.size() > kMaxTags)
    throw invalid("Too many tags. The maximum number of tags is " + std::to_string(kMaxTags));
}

std::string tagged_table(const Caller& caller, const std::string& arn) {
  const auto table = resource_of_arn(arn);
  if (!table || table->service != "dynamodb" || table->type != "table" || !is_table_name(table->name))
    throw invalid("Invalid TableArn: Invalid ResourceArn provided as input " + arn);
  return DynamoDb::place_of(caller, arn);
}

}  // namespace millrace::dynamodb
