// Tags of tables.
#pragma once

#include "api/dynamodb/service.h"
#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

struct Tag {
  std::string key, value;
};
inline constexpr auto kTag = shape<Tag>(field("Key", &Tag::key, required, length(1, 128)),
                                        field("Value", &Tag::value, required, length(0, 256)));
inline constexpr Rules kResourceArn = rules(length(1, 1283));

// Adds tags, or gives them new values. Throws ValidationException for more than 50.
void add_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& more);

// The table that an ARN names: its key in the store. Throws ApiError for other ARNs.
[[nodiscard]] std::string tagged_table(const Caller& caller, const std::string& arn);

}  // namespace millrace::dynamodb
