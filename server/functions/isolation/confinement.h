// What a worker may not do: gain privileges, look into other processes, change the system.
#pragma once

#include <linux/filter.h>

#include <vector>

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

// Confines the calling process for ever: no new privileges, no capabilities, and the system calls that
// `filter` allows (server/functions/isolation/system_call_filter.h). What the kernel does not offer is left
// out. `landlock`: the descriptor of rules, or -1; these must be taken. `listener`: a Unix socket that the
// filter's listener, which answers the calls that it passes on, is sent to, or -1. Returns 0, or the errno of
// what failed. For a child between vfork and execve: it takes no lock and no memory.
[[nodiscard]] int confine(const std::vector<sock_filter>& filter, int landlock, int listener);

}  // namespace millrace::functions
