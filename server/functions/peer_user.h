// Whose the other end of a connection within the machine is.
#pragma once

#include <sys/types.h>

#include <boost/asio/ip/tcp.hpp>
#include <optional>

namespace millrace::functions {

// The user of the process that connected to `socket`, which this process accepted, over IPv4. nullopt where
// the kernel does not tell, or the other end has gone. Source: Linux, sock_diag(7).
[[nodiscard]] std::optional<uid_t> peer_user(const boost::asio::ip::tcp::socket& socket);

}  // namespace millrace::functions
