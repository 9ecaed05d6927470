// Reading the hot requests without a document tree. Every function answers false for anything unusual
// (another type, an escape where none is needed, a broken constraint, a member that comes twice); the general
// decoder then reads the body again and finds the words for what is wrong.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/cbor_reader.h"

namespace millrace::kinesis::by_hand {

inline constexpr std::size_t kMaxDataBytes = 10485760;

inline bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

inline bool take_stream_name(std::string_view text, std::optional<std::string>& out) {
  if (out || text.empty() || text.size() > 128 || !std::all_of(text.begin(), text.end(), is_name_character))
    return false;
  out = text;
  return true;
}

// Of the usual form: arn:PARTITION:kinesis:REGION:ACCOUNT:stream/NAME.
inline bool take_stream_arn(std::string_view text, std::optional<std::string>& out) {
  constexpr std::string_view kPrefix = "arn:aws", kService = ":kinesis:", kKind = ":stream/";
  constexpr std::size_t kAccountDigits = 12;
  if (out || text.size() > 512 || !text.starts_with(kPrefix)) return false;
  const std::size_t service = text.find(':', kPrefix.size());
  if (!text.substr(std::min(service, text.size())).starts_with(kService)) return false;
  const std::string_view rest = text.substr(service + kService.size());
  const std::size_t colon = rest.find(':'), kind = rest.find(kKind);
  if (colon == 0 || colon == rest.npos || kind != colon + 1 + kAccountDigits) return false;
  const std::string_view region = rest.substr(0, colon), account = rest.substr(colon + 1, kAccountDigits),
                         name = rest.substr(kind + kKind.size());
  if (!std::all_of(region.begin(), region.end(), is_name_character) ||
      !std::all_of(account.begin(), account.end(), [](char c) { return c >= '0' && c <= '9'; }) ||
      name.empty() || !std::all_of(name.begin(), name.end(), is_name_character))
    return false;
  out = text;
  return true;
}

// In bytes, which are never fewer than characters.
inline bool take_partition_key(std::string_view text, std::string_view& out) {
  if (!out.empty() || text.empty() || text.size() > 256) return false;
  out = text;
  return true;
}

// A member of an object that is being read.
class Member {
 public:
  explicit Member(simdjson::ondemand::field& f) : field_(f), name_(f.unescaped_key().value_unsafe()) {}

  [[nodiscard]] std::string_view name() const { return name_; }

  [[nodiscard]] bool stream_name(std::optional<std::string>& out) {
    std::string_view text;
    return string(text) && take_stream_name(text, out);
  }
  [[nodiscard]] bool stream_arn(std::optional<std::string>& out) {
    std::string_view text;
    return string(text) && take_stream_arn(text, out);
  }

  // As it stands in the body; one that is written with escapes is left to the general decoder.
  [[nodiscard]] bool partition_key(std::string_view& out) {
    std::string_view text;
    return raw(text) && text.find('\\') == std::string_view::npos && take_partition_key(text, out);
  }

  // As it stands in the body. Some clients (PHP's) escape the slashes of base64.
  [[nodiscard]] bool base64(std::optional<std::string_view>& out) {
    std::string_view text;
    if (out || !raw(text) || text.size() % 4 != 0 || text.size() > kMaxDataBytes / 3 * 4) return false;
    if (text.find('\\') != std::string_view::npos) return false;
    out = text;
    return true;
  }

  simdjson::ondemand::value value() { return field_.value(); }

 private:
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

// A member's value in CBOR, which is the next item.
class CborMember {
 public:
  explicit CborMember(CborReader& reader) : reader_(reader), item_(reader.next()) {}

  [[nodiscard]] bool stream_name(std::optional<std::string>& out) const {
    return is(CborReader::Type::text) && take_stream_name(item_.value, out);
  }
  [[nodiscard]] bool stream_arn(std::optional<std::string>& out) const {
    return is(CborReader::Type::text) && take_stream_arn(item_.value, out);
  }
  [[nodiscard]] bool partition_key(std::string_view& out) const {
    return is(CborReader::Type::text) && simdjson::validate_utf8(item_.value) &&
           take_partition_key(item_.value, out);
  }
  [[nodiscard]] bool data(std::optional<std::string_view>& out) const {
    if (out || !is(CborReader::Type::bytes) || item_.value.size() > kMaxDataBytes) return false;
    out = item_.value;
    return true;
  }
  // Calls `element(item)` for each element of a list.
  template <class F>
  [[nodiscard]] bool list(F&& element) const {
    return reader_.elements(item_, element);
  }

 private:
  [[nodiscard]] bool is(CborReader::Type type) const { return item_.type == type; }

  CborReader& reader_;
  const CborReader::Item item_;
};

// Calls `member(name, value)` for each member of the document, a map; false as soon as that answers false, or
// where something stands behind the map.
template <class F>
[[nodiscard]] bool decode_cbor_map(std::string_view body, F&& member) {
  CborReader reader(body);
  const CborReader::Item map = reader.next();
  return reader.members(map, [&](std::string_view name) {
    return member(name, CborMember(reader), reader);
  }) && reader.at_end();
}

}  // namespace millrace::kinesis::by_hand
