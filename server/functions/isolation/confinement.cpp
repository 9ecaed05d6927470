#include "server/functions/isolation/confinement.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "server/functions/isolation/descriptor_passing.h"
#include "server/functions/isolation/landlock.h"

namespace millrace::functions {

ConfinementSupport confinement_support() {
  ConfinementSupport out;
  out.no_new_privileges = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0;
  out.system_calls = ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
  out.capabilities = ::geteuid() == 0;
  return out;
}

[[clang::no_sanitize("address", "thread", "undefined")]] void drop_bounding_capabilities() {
  for (unsigned long c = 0; ::prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0; ++c) {
  }
}

[[clang::no_sanitize("address", "thread", "undefined")]] int confine(const std::vector<sock_filter>& filter,
                                                                     int landlock, int listener) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capset, &header, none);
  // Which rules and a filter need.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return landlock < 0 ? 0 : errno;
  if (landlock >= 0)
    if (const int error = restrict_to(landlock)) return error;
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  const auto fd = listener < 0 ? -1
                               : static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                                            SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
  if (fd < 0) {  // an engine may have a listener of its own; calls that are to be passed on then fail
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
    return 0;
  }
  const int error = send_descriptor(listener, fd);
  ::close(fd);
  return error;
}

}  // namespace millrace::functions
