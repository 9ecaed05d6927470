// Text whose case and digits are ASCII's, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

[[nodiscard]] inline std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

[[nodiscard]] inline bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace millrace
