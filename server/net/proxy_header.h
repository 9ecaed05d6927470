// The PROXY protocol, versions 1 and 2: a proxy says, before the first byte of the client, whose connection
// it passes on. Source: "The PROXY protocol, versions 1 & 2" of HAProxy (proxy-protocol.txt), 2.1 and 2.2.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>

namespace millrace::net {

// The largest header that is taken. Addresses are 36 bytes; the rest are fields of version 2 that proxies add
// (TLVs), which are passed over.
inline constexpr std::size_t kMaxProxyHeader = 4096;

struct ProxyHeader {
  enum class State {
    none,        // the bytes begin no header: they are the client's
    incomplete,  // they begin one; never of kMaxProxyHeader bytes or more
    wrong,       // they begin one that is none
    whole,
  };
  State state = State::none;
  std::size_t size = 0;  // in bytes, when it is whole
  // The client's; nullopt when the proxy names none: its own check of this server, or no TCP connection.
  std::optional<boost::asio::ip::address> source;
};

// Reads the beginning of a connection. What it takes does not depend on the pieces in which it comes.
[[nodiscard]] ProxyHeader read_proxy_header(std::string_view received);

}  // namespace millrace::net
