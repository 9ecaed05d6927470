#include "api/s3/tags.h"

#include <algorithm>

#include "api/core/message.h"
#include "api/s3/addressing.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxKeyCharacters = 128, kMaxValueCharacters = 256;
constexpr std::string_view kReserved = "aws:";

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Letters, numbers, spaces and + - = . _ : / @; of what is beyond ASCII, all.
bool is_allowed(std::string_view text) {
  constexpr std::string_view kOthers = " +-=._:/@";
  return is_utf8(text) && std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  static_cast<unsigned char>(c) >= 0x80 || kOthers.find(c) != std::string_view::npos;
         });
}

// Sorts them, and checks all but the characters.
Tags checked(Tags tags, const TagRules& rules) {
  for (const auto& [key, value] : tags) {
    if (key.starts_with(kReserved)) throw invalid_tag(rules.reserved, key);
    if (key.empty() || characters(key) > kMaxKeyCharacters)
      throw invalid_tag("The TagKey you have provided is invalid", key);
    if (characters(value) > kMaxValueCharacters)
      throw invalid_tag_value("The TagValue you have provided is invalid", key, value);
  }
  if (tags.size() > rules.most) throw bad_request(rules.too_many);
  std::sort(tags.begin(), tags.end());
  return tags;
}

const std::string* repeated_key(const Tags& sorted) {
  const auto it = std::adjacent_find(sorted.begin(), sorted.end(),
                                     [](const auto& a, const auto& b) { return a.first == b.first; });
  return it == sorted.end() ? nullptr : &it->first;
}

}  // namespace

const TagRules kObjectTags{10, "Object tags cannot be greater than 10",
                           "Your TagKey cannot be prefixed with aws:"};
const TagRules kBucketTags{50, "Bucket tag count cannot be greater than 50",
                           "System tags cannot be added/updated by requester"};
const TagRules kNewBucketTags{
    50, kBucketTags.too_many,
    "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system "
    "tags. Remove \"aws:\" from your tag keys and try again."};

Tags tags_of_header(std::string_view header) {
  const auto invalid = [header] {
    return invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
        "tag name "
        "duplicates.",
        "x-amz-tagging", header);
  };
  Tags tags;
  for (auto& [key, value] : parse_query(header)) {
    if (!is_allowed(key) || !is_allowed(value)) throw invalid();
    tags.emplace_back(std::move(key), std::move(value));
  }
  tags = checked(std::move(tags), kObjectTags);
  if (repeated_key(tags)) throw invalid();
  return tags;
}

Tags tags_of(std::vector<TagElement> elements, const TagRules& rules) {
  Tags tags;
  for (TagElement& one : elements) {
    if (!one.key || !one.value) throw malformed_xml();
    if (!is_allowed(*one.key)) throw invalid_tag("The TagKey you have provided is invalid", *one.key);
    if (!is_allowed(*one.value))
      throw invalid_tag_value("The TagValue you have provided is invalid", *one.key, *one.value);
    tags.emplace_back(std::move(*one.key), std::move(*one.value));
  }
  tags = checked(std::move(tags), rules);
  if (const std::string* key = repeated_key(tags))
    throw invalid_tag("Cannot provide multiple Tags with the same key", *key);
  return tags;
}

std::vector<TagElement> elements_of(const Tags& tags) {
  std::vector<TagElement> out;
  for (const auto& [key, value] : tags) out.push_back({key, value});
  return out;
}

Tags tags_of_xml(const pugi::xml_node& set, const TagRules& rules) {
  std::vector<TagElement> elements;
  for (const pugi::xml_node& node : set.children()) {
    if (local_name(node) != "Tag" || !child(node, "Key") || !child(node, "Value")) throw malformed_xml();
    elements.push_back({child_text(node, "Key"), child_text(node, "Value")});
  }
  return tags_of(std::move(elements), rules);
}

std::string kept_tags(const Tags& tags) {
  std::string out;
  for (const auto& [key, value] : tags) {
    if (!out.empty()) out += '&';
    out.append(percent_encode(key)).append("=").append(percent_encode(value));
  }
  return out;
}

Tags tags_of_kept(std::string_view kept) { return parse_query(kept); }

std::size_t count_of_kept(std::string_view kept) {
  return kept.empty() ? 0 : static_cast<std::size_t>(std::count(kept.begin(), kept.end(), '&')) + 1;
}

void write_tags(XmlWriter& xml, const Tags& tags) {
  for (const auto& [key, value] : tags) {
    xml.open("Tag");
    xml.element("Key", key);
    xml.element("Value", value);
    xml.close("Tag");
  }
}

}  // namespace millrace::s3
