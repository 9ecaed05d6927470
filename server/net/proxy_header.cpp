#include "server/net/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace millrace::net {

namespace ip = boost::asio::ip;

namespace {

using State = ProxyHeader::State;

constexpr std::string_view kText = "PROXY ";
constexpr std::size_t kMaxTextLine = 107;  // with the line's end (2.1)
constexpr std::string_view kBinary("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed = 16;  // signature, version and command, family, length (2.2)

ProxyHeader wrong() { return {State::wrong, 0, std::nullopt}; }

// One of the address families that version 1 can name; nullopt for another text.
std::optional<ip::address> parse_address(std::string_view text, bool v6) {
  boost::system::error_code failed;
  const ip::address address = ip::make_address(std::string(text), failed);
  if (failed || address.is_v6() != v6 || text.find('%') != std::string_view::npos) return std::nullopt;
  return address;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

// "PROXY TCP4 192.0.2.1 192.0.2.2 50000 443\r\n", or "PROXY UNKNOWN ...\r\n".
ProxyHeader read_text(std::string_view received) {
  const std::string_view bounded = received.substr(0, kMaxTextLine);
  const std::size_t end = bounded.find('\n');
  if (end == std::string_view::npos)
    return bounded.size() < kMaxTextLine ? ProxyHeader{State::incomplete, 0, std::nullopt} : wrong();
  if (bounded[end - 1] != '\r') return wrong();
  std::string_view line = bounded.substr(kText.size(), end - 1 - kText.size());
  ProxyHeader header{State::whole, end + 1, std::nullopt};
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return header;
  std::array<std::string_view, 5> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t space = line.find(' ');
    if ((space == std::string_view::npos) != (i + 1 == words.size())) return wrong();
    words[i] = line.substr(0, space);
    line.remove_prefix(std::min(line.size(), words[i].size() + 1));
  }
  const auto& [family, source, destination, source_port, destination_port] = words;
  if (family != "TCP4" && family != "TCP6") return wrong();
  const bool v6 = family == "TCP6";
  header.source = parse_address(source, v6);
  if (!header.source || !parse_address(destination, v6) || !is_port(source_port) ||
      !is_port(destination_port))
    return wrong();
  return header;
}

ProxyHeader read_binary(std::string_view received) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(received[at]); };
  if (received.size() < kFixed) return {State::incomplete, 0, std::nullopt};
  const unsigned version = byte(12) >> 4, command = byte(12) & 15;
  const unsigned family = byte(13) >> 4, transport = byte(13) & 15;
  const std::size_t length = byte(14) << 8 | byte(15);
  // Families: unspecified, IPv4, IPv6, Unix. Transports: unspecified, stream, datagram.
  if (version != 2 || command > 1 || family > 3 || transport > 2 || kFixed + length > kMaxProxyHeader)
    return wrong();
  const bool named = command == 1 && transport == 1 && (family == 1 || family == 2);
  if (named && length < (family == 1 ? 12u : 36u)) return wrong();
  if (received.size() < kFixed + length) return {State::incomplete, 0, std::nullopt};
  ProxyHeader header{State::whole, kFixed + length, std::nullopt};
  if (!named) return header;
  if (family == 1) {
    header.source = ip::address_v4({byte(16), byte(17), byte(18), byte(19)});
  } else {
    ip::address_v6::bytes_type bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte(kFixed + i);
    header.source = ip::address_v6(bytes);
  }
  return header;
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view received) {
  for (const std::string_view signature : {kText, kBinary}) {
    if (received.starts_with(signature))
      return signature == kText ? read_text(received) : read_binary(received);
    if (signature.starts_with(received)) return {State::incomplete, 0, std::nullopt};
  }
  return {};
}

}  // namespace millrace::net
