// Identifiers that nobody can guess, from the system's random numbers. They abort the process if the system
// has none: what they name would collide.
#pragma once

#include <string>

namespace millrace {

[[nodiscard]] std::string random_bytes(std::size_t count);
// `digits` lower-case hexadecimal digits, an even number.
[[nodiscard]] std::string random_hex(std::size_t digits);
// A UUID, version 4.
[[nodiscard]] std::string new_uuid();

}  // namespace millrace
