// A child that shares the server's memory until it has become another program or ended, and for whose sake
// the calling thread waits: no page tables are copied, however much the server holds.
#pragma once

#include <sys/types.h>

namespace millrace::functions {

// clone(2)'s `flags` beside that. `child` must neither return, allocate, nor take a lock, since other threads
// of the server hold some. Returns the child's id, or -1 with errno.
[[nodiscard]] pid_t split_off(void (*child)(void*), void* argument, int flags);

template <class Child>
[[nodiscard]] pid_t split_off(const Child& child, int flags) {
  const auto run = [](void* c) { (*static_cast<const Child*>(c))(); };
  return split_off(run, const_cast<Child*>(&child), flags);
}

}  // namespace millrace::functions
