#include "api/kms/tags.h"

#include <set>

#include "api/core/message.h"
#include "api/kms/errors.h"

namespace millrace::kms {

namespace {

constexpr std::size_t kMaxTags = 50;

}  // namespace

void add_tags(std::map<std::string, std::string>& tags, const std::vector<Tag>& more) {
  std::set<std::string_view> names;
  for (const Tag& tag : more) {
    if (equals_ignoring_case(std::string_view(tag.key).substr(0, 4), "aws:"))
      throw tag_error("Tags beginning with aws: are reserved");
    if (!names.insert(tag.key).second) throw tag_error("Duplicate tag keys");
  }
  for (const Tag& tag : more) tags.insert_or_assign(tag.key, tag.value);
  if (tags.size() > kMaxTags) throw tag_error("Too many tags");
}

}  // namespace millrace::kms
