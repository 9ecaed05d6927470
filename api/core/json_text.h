// Pieces of JSON text, for those who write it without a document tree.
#pragma once

#include <string>
#include <string_view>

#include "storage/clock.h"

namespace millrace {

// Appends the inside of a JSON string: quotes, backslashes and control characters escaped, all else as it is.
void append_json_escaped(std::string& out, std::string_view text);
// How many bytes that appends.
[[nodiscard]] std::size_t json_escaped_size(std::string_view text);

// Seconds since the epoch with three digits of milliseconds: "1545084650.987".
[[nodiscard]] std::string json_seconds(Time t);

}  // namespace millrace
