// Tags of streams and consumers: what AddTagsToStream, TagResource, CreateStream and RegisterStreamConsumer
// have in common.
#pragma once

#include "api/kinesis/service.h"

namespace millrace::kinesis {

using Tags = std::map<std::string, std::string>;

// Throws invalid_tag_characters, reserved_tag.
void check_tags(const Tags& tags);
void check_tag_keys(const std::vector<std::string>& keys);
// Adds `more` to the tags of a resource; throws too_many_tags, and then nothing is added.
void add_tags(Tags& tags, const Tags& more, std::string_view resource);

struct Tag {
  std::string key, value;
};
inline constexpr auto kTag = shape<Tag>(field("Key", &Tag::key), field("Value", &Tag::value));

// What an ARN names: a stream, or one of its consumers.
struct Resource {
  StreamPtr stream;
  std::string consumer;  // empty: the stream itself

  // The part of `in` that the resource is. Throws consumer_not_found when it went meanwhile.
  [[nodiscard]] Tags& tags_of(Stream& in) const;
  [[nodiscard]] std::string& policy_of(Stream& in) const;
  [[nodiscard]] Consumer* find(Stream& in) const;
  // Throws stream_not_active, consumer_not_active.
  void check_active(Time now) const;
};
// Throws stream_not_found, consumer_not_found, resource_not_found (a channel), access_denied.
[[nodiscard]] Resource find_resource(const Kinesis& k, const Caller& caller, const std::string& arn);

}  // namespace millrace::kinesis
