// Bytes as lower-case hexadecimal digits.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace millrace {

[[nodiscard]] std::string hex_of(std::string_view bytes);
// 16 random bytes as a UUID, version 4.
[[nodiscard]] std::string uuid_of(std::array<unsigned char, 16> bytes);

}  // namespace millrace
