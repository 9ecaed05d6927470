#include "api/dynamodb/tags.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxTags = 50;

}  // namespace

void add_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& more) {
  for (const Tag& tag : more) tags.insert_or_assign(tag.key, tag.value);
  if (tags.size() > kMaxTags)
    throw invalid("Too many tags. The maximum number of tags is " + std::to_string(kMaxTags));
}

std::string tagged_table(const DynamoDb& d, const Caller& caller, const std::string& arn) {
  if (!arn.starts_with("arn:") || arn.find(":table/") == std::string::npos)
    throw invalid("Invalid TableArn: Invalid ResourceArn provided as input " + arn);
  std::string key = DynamoDb::place_of(caller, arn);
  if (!d.store.find(key).table) throw no_table_to_tag(arn);
  return key;
}

}  // namespace millrace::dynamodb
