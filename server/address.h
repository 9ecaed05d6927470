// host:port, as --listen takes it.
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

struct Address {
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

// Whether only this machine reaches a server that listens there. A name other than localhost is taken
// as reachable.
[[nodiscard]] bool is_loopback(const Address& address);

// Throws std::runtime_error, naming what is wrong, for anything but `address:port`.
[[nodiscard]] Address parse_address(const std::string& text);

// The URL at which a server that listens there is reached from its own machine; no slash at its end.
[[nodiscard]] std::string local_url(const Address& address);

// The host in a URL, without the brackets of an IPv6 address.
[[nodiscard]] std::string host_of(const std::string& url);

// The URL without slashes at its end.
[[nodiscard]] std::string without_slash(std::string url);

}  // namespace millrace
