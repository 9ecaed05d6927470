// Text of a request in a message.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// The text, or its first `most` bytes and "..."; cut between characters of UTF-8.
[[nodiscard]] inline std::string excerpt(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return std::string(text.substr(0, most)) + "...";
}

}  // namespace millrace
