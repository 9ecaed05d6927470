#include "api/core/event_stream.h"

#include <boost/crc.hpp>
#include <cstdint>
#include <stdexcept>

namespace millrace {

namespace {

constexpr std::size_t kPreludeBytes = 12, kSumBytes = 4;
constexpr std::size_t kMaxMessageBytes = 24 << 20;  // the specification's 16 MiB of payload, and more
constexpr char kText = 7;

void append_u32(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift & 0xFF);
}

std::uint32_t u32(std::string_view bytes) {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(bytes[i]);
  return v;
}

std::uint32_t sum_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::string_view take(std::string_view& bytes, std::size_t size) {
  if (bytes.size() < size) throw std::runtime_error("an event's headers are longer than it says");
  const std::string_view part = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return part;
}

std::size_t take_size(std::string_view& bytes, std::size_t width) {
  std::size_t size = 0;
  for (const char c : take(bytes, width)) size = size << 8 | static_cast<unsigned char>(c);
  return size;
}

}  // namespace

std::string encode_event(const EventHeaders& headers, std::string_view payload) {
  std::string encoded;
  for (const auto& [name, value] : headers) {
    encoded += static_cast<char>(name.size());
    encoded += name;
    encoded += kText;
    encoded += static_cast<char>(value.size() >> 8);
    encoded += static_cast<char>(value.size() & 0xFF);
    encoded += value;
  }
  std::string out;
  const std::size_t total = kPreludeBytes + encoded.size() + payload.size() + kSumBytes;
  out.reserve(total);
  append_u32(out, static_cast<std::uint32_t>(total));
  append_u32(out, static_cast<std::uint32_t>(encoded.size()));
  append_u32(out, sum_of(out));
  out += encoded;
  out += payload;
  append_u32(out, sum_of(out));
  return out;
}

std::string encode_event(std::string_view type, std::string_view content_type, std::string_view payload) {
  return encode_event({{":message-type", "event"},
                       {":event-type", std::string(type)},
                       {":content-type", std::string(content_type)}},
                      payload);
}

std::string encode_exception(std::string_view code, std::string_view content_type, std::string_view payload) {
  return encode_event({{":message-type", "exception"},
                       {":exception-type", std::string(code)},
                       {":content-type", std::string(content_type)}},
                      payload);
}

std::optional<Event> take_event(std::string_view& bytes) {
  if (bytes.size() < kPreludeBytes) return std::nullopt;
  const std::size_t total = u32(bytes), headers_size = u32(bytes.substr(4));
  if (u32(bytes.substr(8)) != sum_of(bytes.substr(0, 8)))
    throw std::runtime_error("an event's first sum is wrong");
  if (total > kMaxMessageBytes || total < kPreludeBytes + kSumBytes ||
      headers_size > total - kPreludeBytes - kSumBytes)
    throw std::runtime_error("an event's lengths do not fit");
  if (bytes.size() < total) return std::nullopt;
  const std::string_view message = bytes.substr(0, total);
  if (u32(message.substr(total - kSumBytes)) != sum_of(message.substr(0, total - kSumBytes)))
    throw std::runtime_error("an event's last sum is wrong");
  Event event;
  std::string_view headers = message.substr(kPreludeBytes, headers_size);
  while (!headers.empty()) {
    const std::string_view name = take(headers, take_size(headers, 1));
    if (take(headers, 1)[0] != kText) throw std::runtime_error("an event's header is no text");
    const std::string_view value = take(headers, take_size(headers, 2));
    event.headers.emplace_back(name, value);
  }
  const std::size_t payload_at = kPreludeBytes + headers_size;
  event.payload = message.substr(payload_at, total - kSumBytes - payload_at);
  bytes.remove_prefix(total);
  return event;
}

}  // namespace millrace
