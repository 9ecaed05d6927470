#include "api/core/json.h"

#include <algorithm>
#include <string>

namespace millrace {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kSpace = " \t\r\n";

// The offset behind the string that begins at `at`, with its quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

// Whether the text keeps the bounds, told by the characters outside of its strings. What is no JSON may be
// told wrongly: it is refused all the same.
bool within_bounds(std::string_view text) {
  std::size_t depth = 0, values = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = end_of_string(text, i) - 1;
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

// Takes the parser's events and keeps none. The parser itself has a bit for each level.
class Checker : public nlohmann::json_sax<Json> {
 public:
  explicit Checker(std::size_t max_depth) : max_depth_(max_depth) {}

  JsonCheck result;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(Json::number_integer_t) override { return true; }
  bool number_unsigned(Json::number_unsigned_t) override { return true; }
  bool number_float(Json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool key(std::string&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    result = {JsonCheck::Form::malformed, position > 0 ? position - 1 : 0};
    return false;
  }

 private:
  bool enter() {
    if (++depth_ <= max_depth_) return true;
    result = {JsonCheck::Form::too_deep};
    return false;
  }
  bool leave() {
    --depth_;
    return true;
  }

  const std::size_t max_depth_;
  std::size_t depth_ = 0;
};

std::size_t skip_space(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kSpace, at), text.size());
}

// The offset behind the value that begins at `at`. The text is known to be JSON.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (text[at] != '"' && text[at] != '{' && text[at] != '[')
    return std::min(text.find_first_of(",}] \t\r\n", at), text.size());
  for (std::size_t depth = 0; at < text.size();) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    at = c == '"' ? end_of_string(text, at) : at + 1;
    if (depth == 0) break;
  }
  return at;
}

bool is_named(std::string_view quoted, std::string_view name) {
  if (quoted.find('\\') == std::string_view::npos) return quoted.substr(1, quoted.size() - 2) == name;
  return parse_json(quoted) == name;
}

}  // namespace

Json parse_json(std::string_view text) {
  if (!within_bounds(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

JsonCheck check_json(std::string_view text, std::size_t max_depth) {
  Checker checker(max_depth);
  (void)Json::sax_parse(text, &checker);
  return checker.result;
}

JsonMembers json_members(std::string_view object, std::initializer_list<std::string_view> names) {
  JsonMembers out;
  if (check_json(object, object.size()).form != JsonCheck::Form::good) return out;
  std::size_t at = skip_space(object, 0);
  if (object[at] != '{') return out;
  for (at = skip_space(object, at + 1); object[at] != '}';) {
    const std::size_t key_end = end_of_string(object, at);
    const std::string_view key = object.substr(at, key_end - at);
    const std::size_t begin = skip_space(object, skip_space(object, key_end) + 1);  // behind the colon
    const std::size_t end = end_of_value(object, begin);
    for (const std::string_view name : names)
      if (is_named(key, name)) out[name] = object.substr(begin, end - begin);
    at = skip_space(object, end);
    if (object[at] == ',') at = skip_space(object, at + 1);
  }
  return out;
}

std::string compact_json(std::string_view document) {
  std::string out;
  out.reserve(document.size());
  bool in_string = false, escaped = false;
  for (const char c : document) {
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = in_string && c == '\\' && !escaped;
  }
  return out;
}

}  // namespace millrace
