// The memory of sockets' buffers, which is in no process's size.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>

namespace millrace::functions {

// What the kernel holds for the Unix and TCP sockets of these inodes: sent and not received, received and not
// read. 0 for those that it does not tell of. Reads the tables of all sockets of the network namespace;
// blocks. Source: Linux, sock_diag(7).
[[nodiscard]] std::uint64_t memory_of_sockets(const std::set<ino_t>& inodes);

}  // namespace millrace::functions
