// JSON of strangers. Every document that is not one of the server's own rows or tokens is read here:
// requests, records, what functions answer, what other servers answer. Nothing here uses stack by the
// document's depth.
#pragma once

#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace millrace {

// The nesting that is accepted. AWS's front end of Lambda has the same limit (Jackson's
// StreamReadConstraints.getMaxNestingDepth). nlohmann's dump() uses stack for each level.
inline constexpr std::size_t kMaxJsonDepth = 1000;
// Of a document tree: each value costs many times its text.
inline constexpr std::size_t kMaxJsonValues = 200'000;

// The parsed document; is_discarded() when the text is no JSON, or is nested deeper than kMaxJsonDepth, or
// holds more than kMaxJsonValues. No request that means something comes near.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

// Whether a text is a JSON document, of any number of values. It takes no memory by the text's size.
struct JsonCheck {
  enum class Form { good, malformed, too_deep } form = Form::good;
  std::size_t at = 0;  // with `malformed`: the offset of the first byte that does not fit
};
[[nodiscard]] JsonCheck check_json(std::string_view text, std::size_t max_depth = kMaxJsonDepth);
[[nodiscard]] inline bool is_json(std::string_view text) {
  return check_json(text).form == JsonCheck::Form::good;
}

// The members of an object that have one of these names, each as the text that it has in `object`; of two of
// the same name, the last. Empty when `object` is another value or no JSON; its depth does not matter. The
// views are valid as long as the object's text and the names.
using JsonMembers = std::map<std::string_view, std::string_view>;
[[nodiscard]] JsonMembers json_members(std::string_view object,
                                       std::initializer_list<std::string_view> names);

// A document without the white space between its tokens; strings and numbers stay as they are written.
// is_json(document) holds.
[[nodiscard]] std::string compact_json(std::string_view document);

}  // namespace millrace
