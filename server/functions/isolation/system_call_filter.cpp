#include "server/functions/isolation/system_call_filter.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "server/functions/isolation/system_calls.h"

namespace millrace::functions {

namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif
constexpr unsigned kOtherAbi = 0x40000000;  // x32's numbers begin here

// By path, they reach files that Landlock lets nobody open: it has no say in these.
constexpr unsigned kRefusedByPath[] = {
    SYS_fchownat,    SYS_setxattr,     SYS_lsetxattr,  kSetxattrat,
    SYS_removexattr, SYS_lremovexattr, kRemovexattrat, SYS_inotify_add_watch,
#if defined(__x86_64__)
    SYS_chown,       SYS_lchown,
#endif
};

// By path, too, but what every function does: server/functions/mode_changes.h.
constexpr unsigned kNotified[] = {
    SYS_fchmodat,
    kFchmodat2,
#if defined(__x86_64__)
    SYS_chmod,
#endif
};

// With a process as the first argument, where 0 is the caller.
constexpr unsigned kOnItselfOnly[] = {SYS_prlimit64, SYS_sched_setaffinity, SYS_sched_setscheduler,
                                      SYS_sched_setparam, SYS_sched_setattr};
// With a kind of identifier first, and the identifier behind it.
constexpr unsigned kOnItselfOnlySecond[] = {SYS_setpriority, SYS_ioprio_set};

// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET.
constexpr unsigned kNamespaces = 0x7E020000;
// Linux, or with addresses of 32 bits (0x8: PER_LINUX32), or as an older kernel (0x20000: UNAME26); the last
// asks for the present one.
constexpr unsigned kPersonalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};
constexpr unsigned kFamilies[] = {AF_UNIX, AF_INET, AF_INET6};

class Program {
 public:
  void load(std::size_t offset) {
    code_.push_back({BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)});
  }
  // The low half of an argument; both architectures are little-endian.
  void load_argument(unsigned which) { load(offsetof(seccomp_data, args) + which * sizeof(__u64)); }
  void answer(unsigned what) { code_.push_back({BPF_RET | BPF_K, 0, 0, what}); }
  void allow() { answer(SECCOMP_RET_ALLOW); }
  void refuse(unsigned error = EPERM) { answer(SECCOMP_RET_ERRNO | error); }
  // Passes over the next `skip` instructions unless what was loaded is (has, is at least) `value`.
  void unless_equal(unsigned value, unsigned char skip = 1) { jump(BPF_JEQ, value, 0, skip); }
  void unless_above(unsigned value, unsigned char skip = 1) { jump(BPF_JGT, value, 0, skip); }
  void unless_at_least(unsigned value, unsigned char skip = 1) { jump(BPF_JGE, value, 0, skip); }
  void if_above(unsigned value, unsigned char skip = 1) { jump(BPF_JGT, value, skip, 0); }
  void unless_any_of(unsigned bits, unsigned char skip = 1) { jump(BPF_JSET, bits, 0, skip); }
  void if_equal(unsigned value, unsigned char skip = 1) { jump(BPF_JEQ, value, skip, 0); }

  void refuse_call(unsigned number, unsigned error = EPERM) {
    unless_equal(number);
    refuse(error);
  }
  // The call is allowed only with 0 there.
  void zero_only(unsigned number, unsigned argument) {
    unless_equal(number, 4);
    load_argument(argument);
    unless_equal(0);
    allow();
    refuse();
  }
  [[nodiscard]] std::vector<sock_filter> take() { return std::move(code_); }

 private:
  void jump(unsigned how, unsigned value, unsigned char yes, unsigned char no) {
    code_.push_back({static_cast<unsigned short>(BPF_JMP | how | BPF_K), yes, no, value});
  }
  std::vector<sock_filter> code_;
};

void restrict_clone(Program& p) {
  p.refuse_call(SYS_clone3, ENOSYS);
  p.unless_equal(SYS_clone, 4);
  p.load_argument(0);
  p.unless_any_of(kNamespaces);
  p.refuse();
  p.allow();
}

void restrict_personality(Program& p) {
  constexpr auto kCount = static_cast<unsigned char>(std::size(kPersonalities));
  p.unless_equal(SYS_personality, 2 * kCount + 2);
  p.load_argument(0);
  for (const unsigned one : kPersonalities) {
    p.unless_equal(one);
    p.allow();
  }
  p.refuse();
}

// Of netlink only what lists addresses and routes, which getaddrinfo and getifaddrs read.
void restrict_sockets(Program& p) {
  constexpr auto kCount = static_cast<unsigned char>(std::size(kFamilies));
  p.unless_equal(SYS_socket, 2 * kCount + 7);
  p.load_argument(0);
  for (const unsigned one : kFamilies) {
    p.unless_equal(one);
    p.allow();
  }
  p.if_equal(AF_NETLINK);
  p.refuse();
  p.load_argument(2);
  p.unless_equal(NETLINK_ROUTE);
  p.allow();
  p.refuse();
}

// By ranges of numbers, which are far fewer than the calls.
void allow_the_rest(Program& p) {
  std::vector<unsigned> numbers(std::begin(kAllowedCalls), std::end(kAllowedCalls));
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t first = 0, behind = 0; first < numbers.size(); first = behind) {
    behind = first + 1;
    while (behind < numbers.size() && numbers[behind] <= numbers[behind - 1] + 1) ++behind;
    p.unless_at_least(numbers[first], 2);
    p.if_above(numbers[behind - 1]);
    p.allow();
  }
}

}  // namespace

std::vector<sock_filter> system_call_filter(const FilterOptions& options) {
  Program p;
  p.load(offsetof(seccomp_data, arch));
  p.if_equal(kArchitecture);
  p.refuse();
  p.load(offsetof(seccomp_data, nr));
  p.unless_above(kOtherAbi - 1);
  p.refuse();
  p.unless_above(kNewestCall);
  p.refuse(ENOSYS);
  restrict_clone(p);
  restrict_personality(p);
  restrict_sockets(p);
  if (options.refuse_truncate) p.refuse_call(SYS_truncate);
  if (options.refuse_shared_memory) p.refuse_call(SYS_shmget);
  if (options.shares_user) {
    for (const unsigned number : kRefusedByPath) p.refuse_call(number);
    for (const unsigned number : kNotified) {
      p.unless_equal(number);
      p.answer(SECCOMP_RET_USER_NOTIF);
    }
    for (const unsigned number : kOnItselfOnly) p.zero_only(number, 0);
    for (const unsigned number : kOnItselfOnlySecond) p.zero_only(number, 1);
  }
  allow_the_rest(p);
  p.refuse();
  return p.take();
}

}  // namespace millrace::functions
