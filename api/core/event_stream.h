// AWS's event stream encoding (application/vnd.amazon.eventstream), as answers are streamed in. Integers are
// big-endian:
//   message := total length u32 | headers length u32 | CRC-32 of these 8 bytes u32 | header * | payload
//              | CRC-32 of all before u32
//   header  := name length u8 | name | 7 (a text) u8 | value length u16 | value
// Source: Smithy, "Amazon Event Stream specification".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

inline constexpr const char* kEventStreamType = "application/vnd.amazon.eventstream";

using EventHeaders = std::vector<std::pair<std::string, std::string>>;

// Names are at most 255 bytes, values at most 65,535.
[[nodiscard]] std::string encode_event(const EventHeaders& headers, std::string_view payload);

// An event of a type, and an error that ends the stream.
[[nodiscard]] std::string encode_event(std::string_view type, std::string_view content_type,
                                       std::string_view payload);
[[nodiscard]] std::string encode_exception(std::string_view code, std::string_view content_type,
                                           std::string_view payload);

struct Event {
  EventHeaders headers;
  std::string payload;
};
// Reads the message at the beginning of `bytes` and takes it away; nullopt, and nothing taken, while it is
// not whole. Throws std::runtime_error on what is no message: a wrong sum, lengths that do not fit, another
// type of header than a text.
[[nodiscard]] std::optional<Event> take_event(std::string_view& bytes);

}  // namespace millrace
