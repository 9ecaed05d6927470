#include "server/functions/isolation/sandbox.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "api/core/digest.h"

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

// 1879048192 to 2147483647 are nobody's: systemd, "Users, Groups, UIDs and GIDs on systemd systems".
constexpr unsigned kFirstUser = 0x70000000, kUsers = 0x0FFFFFFF;

struct Link {
  const char *path, *to;
};
constexpr Link kDeviceLinks[] = {{"dev/fd", "/proc/self/fd"},
                                 {"dev/stdin", "/proc/self/fd/0"},
                                 {"dev/stdout", "/proc/self/fd/1"},
                                 {"dev/stderr", "/proc/self/fd/2"}};

#define MILLRACE_TRY(call) \
  if ((call) != 0) return errno

[[clang::no_sanitize("address", "thread", "undefined")]] int write_file(const char* path, const char* text,
                                                                        std::size_t size) noexcept {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::write(fd, text, size) == static_cast<ssize_t>(size) ? 0 : errno;
  ::close(fd);
  return error;
}

// The root directory is an entry, too. Without namespaces of users, the mounting process is root.
std::string tmpfs_options(const ScratchSize& size, bool own_users, unsigned user) {
  std::string out =
      "mode=0700,size=" + std::to_string(size.bytes) + ",nr_inodes=" + std::to_string(size.entries + 1);
  if (own_users) out += ",uid=" + std::to_string(user) + ",gid=" + std::to_string(user);
  return out;
}

}  // namespace

Sandbox::Sandbox(const SandboxBase& base, const std::vector<Bind>& binds, const ScratchSize& scratch,
                 unsigned user)
    : own_users_(base.isolation.users),
      user_(user),
      staging_(base.staging),
      scratch_options_(tmpfs_options(scratch, own_users_, user)),
      user_map_(std::to_string(::geteuid()) + " " + std::to_string(::geteuid()) + " 1"),
      group_map_(std::to_string(::getegid()) + " " + std::to_string(::getegid()) + " 1") {
  for (const char* name : {"proc", "tmp", "dev", "var", "opt"})
    steps_.push_back({Step::What::directory, name, ""});
  for (const Bind& bind : base.system) add(bind);
  for (const Bind& bind : binds) add(bind);
  for (const char* device : kDevices) add({device, device});
  for (const Link& link : kDeviceLinks) steps_.push_back({Step::What::link, link.path, link.to});
  std::error_code ec;
  for (const fs::path& path : base.hidden) {
    if (fs::is_directory(path, ec))
      steps_.push_back({Step::What::cover, path.relative_path(), ""});
    else
      steps_.push_back({Step::What::bind, path.relative_path(), "/dev/null"});
  }
}

void Sandbox::add_parents(const fs::path& path) {
  fs::path so_far;
  for (const fs::path& part : path.relative_path().parent_path()) {
    so_far /= part;
    steps_.push_back({Step::What::directory, so_far, ""});
  }
}

void Sandbox::add(const Bind& bind) {
  std::error_code ec;
  add_parents(bind.to);
  const std::string path = bind.to.relative_path();
  if (fs::is_symlink(bind.from, ec)) {
    steps_.push_back({Step::What::link, path, fs::read_symlink(bind.from, ec)});
    return;
  }
  const bool directory = fs::is_directory(bind.from, ec);
  steps_.push_back({directory ? Step::What::directory : Step::What::file, path, ""});
  steps_.push_back({bind.writable ? Step::What::writable_bind : Step::What::bind, path, bind.from});
}

int Sandbox::clone_flags() const {
  return CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (own_users_ ? 0 : CLONE_NEWUSER);
}

[[clang::no_sanitize("address", "thread", "undefined")]] int Sandbox::enter() const noexcept {
  if (!own_users_)
    if (const int error = map_user()) return error;
  if (const int error = build_root()) return error;
  return own_users_ ? become_user() : 0;
}

[[clang::no_sanitize("address", "thread", "undefined")]] int Sandbox::map_user() const noexcept {
  if (const int error = write_file("/proc/self/setgroups", "deny", 4)) return error;
  if (const int error = write_file("/proc/self/uid_map", user_map_.data(), user_map_.size())) return error;
  return write_file("/proc/self/gid_map", group_map_.data(), group_map_.size());
}

[[clang::no_sanitize("address", "thread", "undefined")]] int Sandbox::build_root() const noexcept {
  MILLRACE_TRY(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  MILLRACE_TRY(::mount("tmpfs", staging_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m"));
  MILLRACE_TRY(::chdir(staging_.c_str()));
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  mount_attr writable{};
  writable.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  // Not by an iterator: a checked one takes a lock in some builds.
  const Step* const end = steps_.data() + steps_.size();
  for (const Step* step = steps_.data(); step != end; ++step) {
    const char* const path = step->path.c_str();
    switch (step->what) {
      case Step::What::directory:
        if (::mkdir(path, 0755) != 0 && errno != EEXIST && errno != EROFS) return errno;
        break;
      case Step::What::file: {
        const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0 && errno != EROFS) return errno;
        if (fd >= 0) ::close(fd);
        break;
      }
      case Step::What::link:
        if (::symlink(step->from.c_str(), path) != 0 && errno != EEXIST) return errno;
        break;
      case Step::What::cover:
        MILLRACE_TRY(::mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=0,size=4k"));
        break;
      case Step::What::bind:
      case Step::What::writable_bind:
        MILLRACE_TRY(::mount(step->from.c_str(), path, nullptr, MS_BIND | MS_REC, nullptr));
        // At once, lest a later step make something in a directory of the server's.
        MILLRACE_TRY(::syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE,
                               step->what == Step::What::bind ? &read_only : &writable, sizeof(mount_attr)));
        break;
    }
  }
  MILLRACE_TRY(::syscall(SYS_mount_setattr, AT_FDCWD, staging_.c_str(), 0, &read_only, sizeof read_only));
  MILLRACE_TRY(::mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, scratch_options_.c_str()));
  MILLRACE_TRY(::mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr));
  MILLRACE_TRY(::syscall(SYS_pivot_root, ".", "."));
  MILLRACE_TRY(::umount2(".", MNT_DETACH));
  MILLRACE_TRY(::chdir("/"));
  return 0;
}

// By the system's calls themselves: the C library's change the ids of all threads, and those are the
// server's.
[[clang::no_sanitize("address", "thread", "undefined")]] int Sandbox::become_user() const noexcept {
  MILLRACE_TRY(::syscall(SYS_setgroups, 0, nullptr));
  MILLRACE_TRY(::syscall(SYS_setresgid, user_, user_, user_));
  MILLRACE_TRY(::syscall(SYS_setresuid, user_, user_, user_));
  return 0;
}

#undef MILLRACE_TRY

unsigned user_of(const std::string& arn) {
  const std::string digest = sha256(arn);
  unsigned number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return kFirstUser + number % kUsers;
}

}  // namespace millrace::functions
