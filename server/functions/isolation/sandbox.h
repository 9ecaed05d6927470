// A worker's own view of the machine: the system's directories, its code in /var/task, its layers in /opt and
// a /tmp of its own. All but /tmp is read-only; nothing else of the server's file system is there, no process
// but its own, and where the server runs as root, each function is a user of its own.
//
// /tmp is a tmpfs of the worker's EphemeralStorage: the kernel bounds its bytes and its entries, open files
// that were deleted among them, it goes with the worker's last process, and its depth is nobody's concern. Of
// the alternatives a loop image needs root and a mkfs at each cold start, a project quota an ext4 or XFS that
// is mounted for it. Its pages are memory: the worker's control group, where there is one, is larger by as
// much.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/functions/isolation/landlock.h"

namespace millrace::functions {

// Where functions find what is theirs, as on AWS.
inline constexpr const char *kTaskRoot = "/var/task", *kRuntimeDirectory = "/var/runtime", *kLayers = "/opt",
                            *kScratch = "/tmp";

// What the system lets the server do.
struct Isolation {
  bool sandbox = false;  // without it, workers share the server's file system and see its processes
  bool users = false;    // the server runs as root: a user of its own for each function
  int landlock = 0;      // the version that restricts workers where there is no sandbox; 0: none
  bool refused = false;  // neither, and nobody has said that functions may run so
  std::string missing;   // why there is no sandbox
};

struct Bind {
  std::filesystem::path from, to;  // absolute, both of directories or both of files
  bool writable = false;           // as far as the files' permissions go
};

inline constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                           "/dev/urandom"};

// The bounds of /tmp.
struct ScratchSize {
  std::uint64_t bytes = 1 << 20, entries = 64;
};

// What all sandboxes of a server have in common.
struct SandboxBase {
  Isolation isolation;
  std::filesystem::path staging;              // an empty directory; the sandboxes are built over it, unseen
  std::vector<Bind> system;                   // what the system has for all programs
  std::vector<std::filesystem::path> hidden;  // files and directories in `system` that are empty to functions
};

// Whether all sandboxes show the path as it is in the server's file system.
[[nodiscard]] bool shows(const SandboxBase& base, const std::filesystem::path& path);

// What a worker may reach where Landlock takes the sandbox's place: the system's directories, /proc, in which
// Landlock itself hides what is inside other processes, harmless devices, and what `binds` add.
[[nodiscard]] std::vector<PathRule> landlock_rules(const SandboxBase& base, const std::vector<Bind>& binds);

// Made before the child exists, since `enter` may neither allocate nor take a lock.
class Sandbox {
 public:
  // `user`: for Isolation::users.
  Sandbox(const SandboxBase& base, const std::vector<Bind>& binds, const ScratchSize& scratch, unsigned user);

  // For clone(2): the namespaces that the child has to be started in.
  [[nodiscard]] int clone_flags() const;
  // In the child: takes the calling process into the sandbox. 0, or the errno of what failed.
  [[nodiscard]] int enter() const noexcept;

 private:
  struct Step {
    enum class What { directory, file, link, bind, writable_bind, cover } what;
    std::string path, from;  // `path` below the new root, without a slash before it
  };
  void add_parents(const std::filesystem::path& path);
  void add(const Bind& bind);

  int build_root() const noexcept;
  int become_user() const noexcept;
  int map_user() const noexcept;

  const bool own_users_;
  const unsigned user_;
  const std::string staging_, scratch_options_, user_map_, group_map_;
  std::vector<Step> steps_;
};

// The user that the function of that ARN is, among the ids that no distribution gives away.
[[nodiscard]] unsigned user_of(const std::string& arn);

// The common part, after trying out in a child what the system allows. `extra`: what functions have beside
// the system's directories; `hidden`: files and directories that they do not have, though these may be in
// such ones. Makes `staging`.
[[nodiscard]] SandboxBase make_sandbox_base(const std::filesystem::path& staging,
                                            const std::vector<Bind>& extra,
                                            const std::vector<std::filesystem::path>& hidden);

}  // namespace millrace::functions
