// JSON of strangers.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace millrace {

// The parsed document; is_discarded() when the text is no JSON, or is nested deeper than kMaxJsonDepth, or
// holds more than kMaxJsonValues, of which each costs many times its text. No request that means something
// comes near.
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

inline constexpr std::size_t kMaxJsonDepth = 500, kMaxJsonValues = 200'000;

}  // namespace millrace
