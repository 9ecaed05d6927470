// Reading the hot requests without a document tree. Every function answers false for anything unusual
// (another type, an escape where none is needed, a broken constraint); the general decoder then reads the
// body again and finds the words for what is wrong.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::kinesis::by_hand {

// A member of an object that is being read.
class Member {
 public:
  explicit Member(simdjson::ondemand::field& f) : field_(f), name_(f.unescaped_key().value_unsafe()) {}

  [[nodiscard]] std::string_view name() const { return name_; }

  [[nodiscard]] bool stream_name(std::string& out) {
    std::string_view text;
    if (!string(text) || text.empty() || text.size() > 128 ||
        !std::all_of(text.begin(), text.end(), is_name_character))
      return false;
    out = text;
    return true;
  }

  // As it stands in the body; one that is written with escapes is left to the general decoder.
  [[nodiscard]] bool partition_key(std::string_view& out) {
    // In bytes, which are never fewer than characters.
    if (!raw(out) || out.empty() || out.size() > 256) return false;
    return out.find('\\') == std::string_view::npos;
  }

  // As it stands in the body: base64 needs no escapes, and a backslash is not of its alphabet.
  [[nodiscard]] bool base64(std::optional<std::string_view>& out) {
    std::string_view text;
    if (!raw(text) || text.size() % 4 != 0 || text.size() > kMaxEncoded) return false;
    out = text;
    return true;
  }

  simdjson::ondemand::value value() { return field_.value(); }

 private:
  static constexpr std::size_t kMaxEncoded = 10485760 / 3 * 4;

  static bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  }

  // The text between the quotes.
  bool raw(std::string_view& out) {
    simdjson::ondemand::value value = field_.value();
    simdjson::ondemand::json_type type;
    if (value.type().get(type) || type != simdjson::ondemand::json_type::string) return false;
    std::string_view token = value.raw_json_token();
    while (!token.empty() && token.back() != '"') token.remove_suffix(1);
    if (token.size() < 2) return false;
    out = token.substr(1, token.size() - 2);
    return true;
  }

  bool string(std::string_view& out) { return field_.value().get_string().get(out) == simdjson::SUCCESS; }

  simdjson::ondemand::field& field_;
  std::string_view name_;
};

// Calls `member` for each member of the body's object; false as soon as that answers false, a name comes
// twice or the JSON is broken. The body keeps simdjson's padding as spare capacity.
template <class F>
[[nodiscard]] bool decode_object(std::string& body, F&& member) {
  if (body.capacity() < body.size() + simdjson::SIMDJSON_PADDING)
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  thread_local simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(body.data(), body.size(), body.capacity()).get(document) ||
      document.get_object().get(object))
    return false;
  for (auto result : object) {
    simdjson::ondemand::field f;
    if (std::move(result).get(f)) return false;
    Member m(f);
    if (!member(m)) return false;
  }
  const char* behind = nullptr;  // out of bounds: nothing stands behind the object
  return document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;
}

}  // namespace millrace::kinesis::by_hand
