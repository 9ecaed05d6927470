// Base64 with the standard alphabet and padding (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

constexpr std::size_t base64_encoded_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

// Writes base64_encoded_size(bytes.size()) characters at `out` and returns the end.
char* base64_encode(std::string_view bytes, char* out);
[[nodiscard]] std::string base64_encode(std::string_view bytes);

// The size of what `text` decodes to, by its length and padding; nullopt when the length is not a multiple
// of 4.
[[nodiscard]] std::optional<std::size_t> base64_decoded_size(std::string_view text);
// Decodes into `out`, which holds base64_decoded_size(text). False on a character outside the alphabet or on
// bits behind the last byte; `out` is then undefined.
[[nodiscard]] bool base64_decode(std::string_view text, char* out);
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace millrace
