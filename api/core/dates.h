// Dates as HTTP headers and XML bodies have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/clock.h"

namespace millrace {

// "Sat, 31 Jan 2026 12:34:56 GMT": RFC 9110, section 5.6.7.
[[nodiscard]] std::string http_date(Time t);
// Any of the three forms that RFC 9110 has recipients accept.
[[nodiscard]] std::optional<Time> parse_http_date(std::string_view text);

// "2026-01-31T12:34:56.000Z".
[[nodiscard]] std::string iso8601(Time t);
// "2026-01-31T12:34:56Z".
[[nodiscard]] std::string iso8601_seconds(Time t);
// Of iso8601, with or without a fraction of a second.
[[nodiscard]] std::optional<Time> parse_iso8601(std::string_view text);
// "20260131T123456Z", as signatures have it.
[[nodiscard]] std::optional<Time> parse_basic_iso8601(std::string_view text);

// Without the fraction of the second.
[[nodiscard]] inline Time whole_seconds(Time t) { return std::chrono::floor<std::chrono::seconds>(t); }

}  // namespace millrace
