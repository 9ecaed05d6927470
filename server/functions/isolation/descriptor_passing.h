// A descriptor that is handed to another process, over a Unix socket, beside a byte.
#pragma once

namespace millrace::functions {

// 0, or the errno of what failed. For a child between vfork and execve, too: it takes no lock and no memory.
[[nodiscard]] int send_descriptor(int socket, int descriptor);

// The descriptor that was sent, or -1: none. Does not wait.
[[nodiscard]] int receive_descriptor(int socket);

}  // namespace millrace::functions
