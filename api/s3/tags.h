// Tags of objects and buckets: their limits, and the three forms they come in (a form-encoded header, XML,
// and the form-encoded text that is kept). Source: S3 user guide, "Categorizing your objects using tags";
// texts: recordings of AWS.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/core/shape.h"
#include "api/core/xml_writer.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

using Tags = std::vector<std::pair<std::string, std::string>>;  // in the order of the keys

struct TagRules {
  std::size_t most;
  std::string_view too_many, reserved;  // messages
};
extern const TagRules kObjectTags, kBucketTags, kNewBucketTags;

// Of an x-amz-tagging header. Throws InvalidArgument, InvalidTag, BadRequest.
[[nodiscard]] Tags tags_of_header(std::string_view header);

// A tag in XML.
struct TagElement {
  std::optional<std::string> key, value;
};
// More than any set may have, so that the set's own error comes.
inline constexpr LengthRule kTagsRead = length(0, 1000);
inline constexpr auto kTagElement =
    shape<TagElement>(field("Key", &TagElement::key), field("Value", &TagElement::value));
// Throws MalformedXML, InvalidTag, BadRequest.
[[nodiscard]] Tags tags_of(std::vector<TagElement> elements, const TagRules& rules);
[[nodiscard]] std::vector<TagElement> elements_of(const Tags& tags);
// The Tag elements in `set`. Throws as tags_of.
[[nodiscard]] Tags tags_of_xml(const pugi::xml_node& set, const TagRules& rules);

// As they are kept: "key=value&...", both form-encoded.
[[nodiscard]] std::string kept_tags(const Tags& tags);
[[nodiscard]] Tags tags_of_kept(std::string_view kept);
[[nodiscard]] std::size_t count_of_kept(std::string_view kept);

// A Tag element each.
void write_tags(XmlWriter& xml, const Tags& tags);

}  // namespace millrace::s3
