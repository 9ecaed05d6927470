// Tags of keys.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/core/shape.h"

namespace millrace::kms {

struct Tag {
  std::string key, value;
};
inline constexpr auto kTag = shape<Tag>(field("TagKey", &Tag::key, required, length(1, 128)),
                                        field("TagValue", &Tag::value, required, length(0, 256)));

// Adds tags, or gives them new values. Throws TagException for duplicates, reserved keys, and more than 50.
void add_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& more);

}  // namespace millrace::kms
