#include "api/s3/header_text.h"

#include <algorithm>
#include <optional>

#include "api/core/base64.h"
#include "api/core/message.h"
#include "api/s3/addressing.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kEncodedInWords = "=?_";  // and the space, which becomes '_'

bool is_plain(unsigned char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); }

// The character at the front of UTF-8 text, which is taken off.
char32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t c = n == 1 ? first : first & (0x7F >> n);
  for (std::size_t i = 1; i < n; ++i) c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  text.remove_prefix(n);
  return c;
}

// Control, format and private characters, and what stands for an unreadable one.
bool is_printable(char32_t c) {
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  return !(in(0, 8) || in(10, 31) || in(0x7F, 0x9F) || c == 0xAD || in(0x200B, 0x200F) ||
           in(0x202A, 0x202E) || in(0x2060, 0x206F) || in(0xE000, 0xF8FF) || in(0xFDD0, 0xFDEF) ||
           c == 0xFEFF || in(0xFFF9, 0xFFFF) || in(0xE0000, 0x10FFFF));
}

std::string quoted_printable(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      out += '_';
    } else if (is_plain(byte) && kEncodedInWords.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += {'=', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> from_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i] == '_' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return out;
}

// The encoded word at the front: "=?charset?B or Q?text?=". Takes it off if it is one.
std::optional<std::string> take_word(std::string_view& rest) {
  if (!rest.starts_with("=?")) return std::nullopt;
  const std::size_t encoding = rest.find('?', 2);
  if (encoding == std::string_view::npos || encoding + 2 >= rest.size() || rest[encoding + 2] != '?')
    return std::nullopt;
  const std::size_t begin = encoding + 3, end = rest.find("?=", begin);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view charset = rest.substr(2, encoding - 2), text = rest.substr(begin, end - begin);
  const char kind = rest[encoding + 1];
  std::optional<std::string> bytes;
  if (kind == 'B' || kind == 'b') bytes = base64_decode(text);
  if (kind == 'Q' || kind == 'q') bytes = from_quoted_printable(text);
  if (!bytes) return std::nullopt;
  if (equals_ignoring_case(charset, "iso-8859-1")) {
    bytes = from_latin1(*bytes);
  } else if ((!equals_ignoring_case(charset, "utf-8") && !equals_ignoring_case(charset, "us-ascii")) ||
             !is_utf8(*bytes)) {
    return std::nullopt;
  }
  rest.remove_prefix(end + 2);
  return bytes;
}

}  // namespace

std::string from_latin1(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
    }
  }
  return out;
}

bool to_latin1(std::string_view utf8, std::string* out) {
  if (!is_utf8(utf8)) return false;
  out->clear();
  while (!utf8.empty()) {
    const char32_t c = take_character(utf8);
    if (c > 0xFF || (c < 0x20 && c != '\t') || c == 0x7F) return false;
    *out += static_cast<char>(c);
  }
  return true;
}

std::string encoded_header(std::string_view value) {
  if (std::all_of(value.begin(), value.end(), [](char c) { return is_plain(static_cast<unsigned char>(c)); }))
    return std::string(value);
  const std::string text = is_utf8(value) ? std::string(value) : from_latin1(value);
  bool printable = true;
  for (std::string_view rest = text; !rest.empty() && printable;)
    printable = is_printable(take_character(rest));
  return printable ? "=?UTF-8?Q?" + quoted_printable(text) + "?=" : "=?UTF-8?B?" + base64_encode(text) + "?=";
}

std::string decoded_header(std::string_view header) {
  std::string out;
  std::size_t blanks = 0;  // at the end of `out`, behind an encoded word; between two words they are no text
  bool behind_word = false;
  while (!header.empty()) {
    if (const auto word = take_word(header)) {
      if (behind_word) out.resize(out.size() - blanks);
      out += *word;
      behind_word = true;
      blanks = 0;
      continue;
    }
    behind_word = behind_word && (header.front() == ' ' || header.front() == '\t');
    blanks = behind_word ? blanks + 1 : 0;
    out += header.front();
    header.remove_prefix(1);
  }
  return out;
}

}  // namespace millrace::s3
