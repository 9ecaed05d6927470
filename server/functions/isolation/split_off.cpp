#include "server/functions/isolation/split_off.h"

#include <pthread.h>
#include <sched.h>

#include <cerrno>
#include <csignal>
#include <memory>

namespace millrace::functions {

namespace {

constexpr std::size_t kStackBytes = 64 << 10;

#if __has_feature(thread_sanitizer)
constexpr int kShare = 0;  // it takes every clone for a fork
#else
constexpr int kShare = CLONE_VM | CLONE_VFORK;
#endif

struct Start {
  void (*child)(void*);
  void* argument;
};

[[clang::no_sanitize("address", "thread", "undefined")]] int run(void* given) {
  const Start* const start = static_cast<const Start*>(given);
  start->child(start->argument);
  return 127;
}

}  // namespace

pid_t split_off(void (*child)(void*), void* argument, int flags) {
  Start start{child, argument};
  const auto stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  // Signals wait meanwhile: a handler would run in the shared memory.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::clone(run, stack.get() + kStackBytes, kShare | SIGCHLD | flags, &start);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

}  // namespace millrace::functions
