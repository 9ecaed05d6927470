#include "server/functions/isolation/system_call_filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/functions/isolation/system_calls.h"

namespace millrace::functions {
namespace {

#if defined(__x86_64__)
constexpr unsigned kThisMachine = AUDIT_ARCH_X86_64;
#else
constexpr unsigned kThisMachine = AUDIT_ARCH_AARCH64;
#endif
constexpr unsigned kRefused = SECCOMP_RET_ERRNO | EPERM, kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

// What the kernel would answer; it has the instructions that the filter is made of.
unsigned run(const std::vector<sock_filter>& program, const seccomp_data& call) {
  unsigned loaded = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    if (step.code == (BPF_LD | BPF_W | BPF_ABS)) {
      std::memcpy(&loaded, reinterpret_cast<const char*>(&call) + step.k, sizeof loaded);
      continue;
    }
    if (step.code == (BPF_RET | BPF_K)) return step.k;
    bool yes = false;
    switch (step.code & ~(BPF_JMP | BPF_K)) {
      case BPF_JEQ:
        yes = loaded == step.k;
        break;
      case BPF_JGT:
        yes = loaded > step.k;
        break;
      case BPF_JGE:
        yes = loaded >= step.k;
        break;
      case BPF_JSET:
        yes = (loaded & step.k) != 0;
        break;
      default:
        ADD_FAILURE() << "instruction " << step.code;
    }
    at += yes ? step.jt : step.jf;
  }
  ADD_FAILURE() << "the program has no end";
  return 0;
}

unsigned answer(unsigned number, std::initializer_list<std::uint64_t> arguments = {},
                const FilterOptions& options = {}, unsigned machine = kThisMachine) {
  seccomp_data call{};
  call.nr = static_cast<int>(number);
  call.arch = machine;
  std::copy(arguments.begin(), arguments.end(), std::begin(call.args));
  return run(system_call_filter(options), call);
}

bool is_listed(unsigned number) {
  return std::find(std::begin(kAllowedCalls), std::end(kAllowedCalls), number) != std::end(kAllowedCalls);
}

TEST(SystemCallFilter, AllowsWhatIsListedAndNothingElse) {
  unsigned allowed = 0;
  for (unsigned number = 0; number <= kNewestCall; ++number) {
    if (number == SYS_clone || number == SYS_clone3 || number == SYS_personality || number == SYS_socket)
      continue;  // by their arguments
    EXPECT_EQ(answer(number), is_listed(number) ? SECCOMP_RET_ALLOW : kRefused) << number;
    allowed += is_listed(number);
  }
  EXPECT_GT(allowed, 200u);
  EXPECT_EQ(allowed, std::size(kAllowedCalls)) << "each is named once";
  EXPECT_EQ(answer(kNewestCall + 1), kUnknown);
  EXPECT_LE(system_call_filter({true, true, true}).size(), static_cast<std::size_t>(BPF_MAXINSNS));
}

TEST(SystemCallFilter, RefusesWhatReachesOthersOrTheKernel) {
  for (const unsigned number : {SYS_ptrace,
                                SYS_process_vm_readv,
                                SYS_pidfd_getfd,
                                SYS_mount,
                                SYS_unshare,
                                SYS_setns,
                                SYS_pivot_root,
                                SYS_open_by_handle_at,
                                SYS_name_to_handle_at,
                                SYS_bpf,
                                SYS_perf_event_open,
                                SYS_userfaultfd,
                                SYS_io_uring_setup,
                                SYS_keyctl,
                                SYS_add_key,
                                SYS_reboot,
                                SYS_kexec_load,
                                SYS_init_module,
                                SYS_swapon,
                                SYS_settimeofday,
                                SYS_adjtimex,
                                SYS_memfd_secret,
                                SYS_fsopen,
                                SYS_move_mount,
                                SYS_chroot})
    EXPECT_EQ(answer(number), kRefused) << number;
  EXPECT_EQ(answer(SYS_read, {}, {}, AUDIT_ARCH_I386), kRefused);
  EXPECT_EQ(answer(0x40000000 | SYS_read), kRefused) << "x32";
}

TEST(SystemCallFilter, LooksAtArguments) {
  EXPECT_EQ(answer(SYS_clone, {CLONE_VM | CLONE_THREAD}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(SYS_clone, {CLONE_NEWUSER}), kRefused);
  EXPECT_EQ(answer(SYS_clone3), kUnknown);
  EXPECT_EQ(answer(SYS_personality, {0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(SYS_personality, {0x0040000}), kRefused);
  for (const std::uint64_t family : {AF_UNIX, AF_INET, AF_INET6})
    EXPECT_EQ(answer(SYS_socket, {family}), SECCOMP_RET_ALLOW) << family;
  for (const std::uint64_t family : {AF_VSOCK, AF_PACKET, AF_ALG, AF_XDP})
    EXPECT_EQ(answer(SYS_socket, {family}), kRefused) << family;
  EXPECT_EQ(answer(SYS_socket, {AF_NETLINK, SOCK_RAW, 0}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(SYS_socket, {AF_NETLINK, SOCK_RAW, 4}), kRefused);
}

TEST(SystemCallFilter, IsStricterWhereTheWorkerIsTheServersUser) {
  const FilterOptions shared{.shares_user = true, .refuse_truncate = true, .refuse_shared_memory = true};
  for (const unsigned number : {SYS_truncate, SYS_shmget, SYS_setxattr, SYS_fchownat})
    EXPECT_EQ(answer(number, {}, shared), kRefused) << number;
  EXPECT_EQ(answer(SYS_fchmodat, {}, shared), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(answer(SYS_prlimit64, {0}, shared), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(SYS_prlimit64, {1}, shared), kRefused);
  EXPECT_EQ(answer(SYS_setpriority, {0, 1}, shared), kRefused);
  EXPECT_EQ(answer(SYS_write, {}, shared), SECCOMP_RET_ALLOW);
}

}  // namespace
}  // namespace millrace::functions
