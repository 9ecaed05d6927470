// What a worker may not do: gain privileges, look into other processes, change the system.
#pragma once

namespace millrace::functions {

// What of it the kernel offers, for the log.
struct ConfinementSupport {
  bool no_new_privileges = false;
  bool system_calls = false;  // those that a function has no use for are refused
  bool capabilities = false;  // the server has some, and workers lose them
};
[[nodiscard]] ConfinementSupport confinement_support();

// Of the calling process and what it becomes; while it still may.
void drop_bounding_capabilities();

// Confines the calling process for ever: no new privileges, no capabilities, and EPERM for system calls that
// change or spy on the system (mounts, modules, clocks, keys, ptrace, other processes' memory, namespaces,
// io_uring). What the kernel does not offer is left out. For a child between vfork and execve: it takes no
// lock and no memory.
void confine();

}  // namespace millrace::functions
