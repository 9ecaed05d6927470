#include "server/functions/confinement.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace millrace::functions {

namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr unsigned kRefused[] = {
    // Other processes.
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    // File systems and namespaces.
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    SYS_open_by_handle_at,
    SYS_swapon,
    SYS_swapoff,
    SYS_quotactl,
    SYS_acct,
    // The kernel.
    SYS_reboot,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_syslog,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    // The clock, the name, keys.
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
#if defined(__x86_64__)
    SYS_iopl,
    SYS_ioperm,
#endif
};
constexpr std::size_t kCount = std::size(kRefused);
constexpr unsigned kOtherAbi = 0x40000000;  // x32's numbers begin here

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)};
}
constexpr sock_filter jump(unsigned how, unsigned value, std::size_t yes, std::size_t no) {
  return {static_cast<unsigned short>(BPF_JMP | how | BPF_K), static_cast<unsigned char>(yes),
          static_cast<unsigned char>(no), value};
}
constexpr sock_filter answer(unsigned what) { return {BPF_RET | BPF_K, 0, 0, what}; }

// Architecture, number, a comparison for each that is refused, allow, refuse.
constexpr auto kProgram = [] {
  std::array<sock_filter, kCount + 6> p{};
  std::size_t at = 0;
  const std::size_t refuse = p.size() - 1;
  p[at++] = load(offsetof(seccomp_data, arch));
  p[at] = jump(BPF_JEQ, kArchitecture, 0, refuse - at - 1);
  ++at;
  p[at++] = load(offsetof(seccomp_data, nr));
  p[at] = jump(BPF_JGE, kOtherAbi, refuse - at - 1, 0);
  ++at;
  for (const unsigned number : kRefused) {
    p[at] = jump(BPF_JEQ, number, refuse - at - 1, 0);
    ++at;
  }
  p[at++] = answer(SECCOMP_RET_ALLOW);
  p[at] = answer(SECCOMP_RET_ERRNO | EPERM);
  return p;
}();
static_assert(kProgram.size() < 256, "a jump has eight bits");

}  // namespace

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

[[clang::no_sanitize("address", "thread", "undefined")]] void confine() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capset, &header, none);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;  // which a filter needs
  const sock_fprog program{static_cast<unsigned short>(kProgram.size()),
                           const_cast<sock_filter*>(kProgram.data())};
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

}  // namespace millrace::functions
