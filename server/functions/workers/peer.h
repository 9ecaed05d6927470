// Whose the other end of a connection within the machine is.
#pragma once

#include <sys/types.h>

#include <boost/asio/ip/tcp.hpp>
#include <optional>

namespace millrace::functions {

struct Peer {
  uid_t user = 0;
  ino_t inode = 0;  // of the socket
};

// The other end of `socket`, which this process accepted, over IPv4. nullopt: the kernel does not know it, or
// not any more, since it was reset or closed. Source: Linux, sock_diag(7), proc_net_tcp.
[[nodiscard]] std::optional<Peer> peer_of(const boost::asio::ip::tcp::socket& socket);

// Whether the process has that socket among its descriptors; nullopt when this process may not look.
[[nodiscard]] std::optional<bool> has_socket(pid_t process, ino_t inode);

}  // namespace millrace::functions
