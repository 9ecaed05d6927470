// Bodies that a client compressed (RFC 1952).
#pragma once

#include <string>
#include <string_view>

namespace millrace {

enum class Gunzip { done, malformed, too_large };

// Decompresses `in`, one whole gzip member, into `out`. Stops with too_large before `out` passes `max` bytes.
[[nodiscard]] Gunzip gunzip(std::string_view in, std::size_t max, std::string& out);

}  // namespace millrace
