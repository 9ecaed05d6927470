#include "api/core/json_text.h"

namespace millrace {

namespace {

constexpr std::size_t kUnicodeEscapeBytes = 6;  // \u001f

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (is_control(c)) {
      static constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += {kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
    } else {
      out += c;
    }
  }
}

std::size_t json_escaped_size(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) size += is_control(c) ? kUnicodeEscapeBytes : c == '"' || c == '\\' ? 2 : 1;
  return size;
}

std::string json_seconds(Time t) {
  const std::int64_t ms = t.time_since_epoch().count();
  std::string fraction = std::to_string(1000 + ms % 1000);
  return std::to_string(ms / 1000) + "." + fraction.substr(1);
}

}  // namespace millrace
