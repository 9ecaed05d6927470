// What a sandbox is made of on this machine, and whether it can be made.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "server/functions/sandbox.h"
#include "server/functions/split_off.h"

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSystemDirectories[] = {"/bin",    "/sbin", "/lib", "/lib32", "/lib64",
                                              "/libx32", "/usr",  "/etc", "/nix",   "/gnu"};

bool is_below(const fs::path& path, const fs::path& directory) {
  const fs::path relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

bool shows(const std::vector<Bind>& binds, const fs::path& path) {
  std::error_code ec;
  return std::any_of(binds.begin(), binds.end(), [&](const Bind& bind) {
    return is_below(path, bind.to) && !fs::is_symlink(bind.from, ec);
  });
}

void add_directory(std::vector<Bind>& binds, const fs::path& path, bool writable = false) {
  std::error_code ec;
  if (!fs::exists(fs::symlink_status(path, ec)) || (!writable && shows(binds, path))) return;
  binds.push_back({path, path, writable});
}

// Name servers are often told by a file that /etc only links to.
void add_target(std::vector<Bind>& binds, const fs::path& link) {
  std::error_code ec;
  if (!fs::is_symlink(link, ec)) return;
  const fs::path target = fs::canonical(link, ec);
  if (!ec) add_directory(binds, target);
}

// Whether a process can be taken into a sandbox. 0, or the errno of what failed.
int try_out(const SandboxBase& base, const fs::path& scratch) {
  const Sandbox sandbox(base, {}, scratch, user_of(""));
  const auto child = [&] {
    ::close_range(3, ~0u, 0);  // nothing of the server's, should that be killed meanwhile
    ::_exit(sandbox.enter());
  };
  const pid_t pid = split_off(child, sandbox.clone_flags());
  if (pid < 0) return errno;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

}  // namespace

bool shows(const SandboxBase& base, const fs::path& path) { return shows(base.system, path); }

SandboxBase make_sandbox_base(const fs::path& staging, const std::vector<Bind>& extra,
                              std::vector<fs::path> hidden) {
  SandboxBase base;
  base.staging = staging;
  fs::create_directories(staging);
  for (const char* directory : kSystemDirectories) add_directory(base.system, directory);
  for (const Bind& bind : extra) add_directory(base.system, bind.from, bind.writable);
  add_target(base.system, "/etc/resolv.conf");
  for (fs::path& path : hidden)
    for (const Bind& bind : base.system)
      if (is_below(path, bind.to) && fs::is_regular_file(path)) {
        base.hidden.push_back(std::move(path));
        break;
      }
  base.isolation.users = ::geteuid() == 0;
  const int error = try_out(base, staging);
  base.isolation.sandbox = error == 0;
  if (error != 0) {
    base.isolation.users = false;
    base.isolation.missing = std::generic_category().message(error);
  }
  return base;
}

}  // namespace millrace::functions
