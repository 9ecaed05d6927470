// What a worker may reach of the server's file system where no namespace hides the rest of it: Linux's
// Landlock, which needs no privilege. Source: Linux, Documentation/userspace-api/landlock.rst.
#pragma once

#include <filesystem>
#include <vector>

namespace millrace::functions {

// The kernel's version of Landlock; 0: it has none, or it is off.
//   1  files and directories can be opened, made and removed only where rules say so
//   2  a file can be moved between directories that rules cover; before, between none
//   3  truncate(2) needs a rule
//   5  so does ioctl(2) on a device
//   6  signals and abstract Unix sockets stay within the worker
[[nodiscard]] int landlock_version();
inline constexpr int kLandlockTruncate = 3, kLandlockScopes = 6;

struct PathRule {
  enum class Access {
    list,    // directories can be read: the names of what is below
    read,    // and files can be read and executed
    device,  // read and written; nothing is made or removed
    write,   // everything but making devices
  };
  std::filesystem::path path;  // and what is below it
  Access access = Access::read;
};

// A set of rules, made before the process exists that it restricts. A path that does not exist has no rule.
class Landlock {
 public:
  // An error leaves it without a descriptor, and `restrict_to` fails.
  explicit Landlock(const std::vector<PathRule>& rules);
  ~Landlock();
  Landlock(const Landlock&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Restricts the calling process, which must have no new privileges, and what it starts, to the rules of that
// descriptor. 0, or an errno. For a child between vfork and execve.
[[nodiscard]] int restrict_to(int descriptor) noexcept;

// Rules that allow `access` to `path` but not to the files `except`, some of which may lie below it: those
// are left out by naming everything beside them.
void allow_except(const std::filesystem::path& path, PathRule::Access access,
                  const std::vector<std::filesystem::path>& except, std::vector<PathRule>& to);

}  // namespace millrace::functions
