#include "api/core/json.h"

#include <algorithm>

namespace millrace {

namespace {

// Whether the text keeps the bounds, told by the characters outside of its strings. What is no JSON may be
// told wrongly: it is refused all the same.
bool within_bounds(std::string_view text) {
  std::size_t depth = 0, values = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i)
          if (text[i] == '\\') ++i;
        break;
      case '[':
      case '{':
        ++values;
        if (++depth > kMaxJsonDepth) return false;
        break;
      case ']':
      case '}':
        if (depth > 0) --depth;
        break;
      case ',':
        ++values;
        break;
      default:
        break;
    }
    if (values > kMaxJsonValues) return false;
  }
  return true;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  if (!within_bounds(text)) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace millrace
