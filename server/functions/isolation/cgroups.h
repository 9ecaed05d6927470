// Control groups: the kernel's own bounds on a worker's memory and tasks, where the system lets the server
// make some. Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace millrace::functions {

// One worker's groups. Must be gone before the Cgroups that made it.
class Cgroup {
 public:
  explicit Cgroup(std::vector<std::filesystem::path> directories) : directories_(std::move(directories)) {}
  Cgroup(const Cgroup&) = delete;
  // Removes the groups; nothing may be left in them.
  ~Cgroup();

  // A process that writes "0" into each joins.
  [[nodiscard]] std::vector<std::string> join_files() const;
  // Whether the kernel has killed something in it for want of memory.
  [[nodiscard]] bool killed_for_memory() const;

 private:
  const std::vector<std::filesystem::path> directories_;  // one, or one of each controller
};

class Cgroups {
 public:
  // Looks for a place for workers' groups below the server's own. `root`: where control groups are mounted;
  // `self`: as /proc/self/cgroup. With version 2 the server moves itself into a group beside theirs.
  explicit Cgroups(const std::filesystem::path& root = "/sys/fs/cgroup",
                   const std::filesystem::path& self = "/proc/self/cgroup");
  Cgroups(const Cgroups&) = delete;
  ~Cgroups();

  // "v1", "v2", or "none".
  [[nodiscard]] const char* kind() const;
  // A worker's. nullptr when there are none, or it cannot be made.
  [[nodiscard]] std::unique_ptr<Cgroup> make(std::uint64_t number, std::uint64_t memory_bytes,
                                             std::uint64_t tasks);

 private:
  void use_version_2(const std::filesystem::path& own);
  void use_version_1(const std::filesystem::path& memory, const std::filesystem::path& pids);

  bool unified_ = false;
  std::vector<std::filesystem::path> parents_;  // of workers' groups: none, one, or memory's and pids'
};

}  // namespace millrace::functions
