// SHA-256, and bytes as hexadecimal digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

[[nodiscard]] std::string sha256(std::string_view bytes);  // 32 bytes

[[nodiscard]] std::string hex(std::string_view bytes);  // in lower case
// nullopt when the text is no lower-case hex.
[[nodiscard]] std::optional<std::string> unhex(std::string_view text);

}  // namespace millrace
