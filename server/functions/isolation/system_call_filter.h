// The filter of a worker's system calls: what the list in system_calls.h does not name is refused.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace millrace::functions {

struct FilterOptions {
  // The worker is the server's own user, and not in namespaces of its own: what could change the server's
  // files or processes by name is refused, too; chmod waits for the filter's listener.
  bool shares_user = false;
  // Landlock cannot refuse truncate(2) by path (before its third version).
  bool refuse_truncate = false;
  // No control group bounds System V shared memory, which belongs to no process.
  bool refuse_shared_memory = false;
};

// The program for seccomp(2). A refused call fails with EPERM; clone3 fails with ENOSYS, after which C
// libraries call clone, whose flags a filter can read. Calls newer than the list fail with ENOSYS, so that
// programs do without them. Calls of another architecture of the machine (i386, x32) are refused.
[[nodiscard]] std::vector<sock_filter> system_call_filter(const FilterOptions& options);

}  // namespace millrace::functions
