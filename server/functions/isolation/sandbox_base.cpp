// What a sandbox is made of on this machine, and whether it can be made.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "server/functions/isolation/sandbox.h"
#include "server/functions/isolation/scratch.h"
#include "server/functions/isolation/split_off.h"
#include "server/log.h"

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
int try_out(const SandboxBase& base) {
  const Sandbox sandbox(base, {}, ScratchSize{}, user_of(""));
  const auto child = [&] {
    ::close_range(3, ~0u, 0);  // nothing of the server's, should that be killed meanwhile
    ::umask(022);              // as a worker has it
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

std::vector<PathRule> landlock_rules(const SandboxBase& base, const std::vector<Bind>& binds) {
  using Access = PathRule::Access;
  std::vector<PathRule> rules{{"/proc", Access::read}};
  for (const char* device : kDevices) rules.push_back({device, Access::device});
  std::error_code ec;
  for (const Bind& bind : base.system)
    if (!fs::is_symlink(bind.from, ec))
      allow_except(bind.from, bind.writable ? Access::write : Access::read, base.hidden, rules);
  for (const Bind& bind : binds) rules.push_back({bind.from, bind.writable ? Access::write : Access::read});
  return rules;
}

SandboxBase make_sandbox_base(const fs::path& staging, const std::vector<Bind>& extra,
                              const std::vector<fs::path>& hidden) {
  SandboxBase base;
  base.staging = staging;
  std::error_code ec;
  ensure_directory(staging, ec);
  if (ec) log::error("sandbox_directory_failed", {{"path", staging.string()}, {"reason", ec.message()}});
  for (const char* directory : kSystemDirectories) add_directory(base.system, directory);
  for (const Bind& bind : extra) add_directory(base.system, bind.from, bind.writable);
  add_target(base.system, "/etc/resolv.conf");
  for (const fs::path& given : hidden) {
    const fs::path path = fs::canonical(given, ec);
    if (ec) continue;
    if (std::any_of(base.system.begin(), base.system.end(),
                    [&](const Bind& b) { return is_below(path, b.to); }))
      base.hidden.push_back(path);
  }
  base.isolation.users = ::geteuid() == 0;
  const int error = try_out(base);
  base.isolation.sandbox = error == 0;
  if (error != 0) {
    base.isolation.users = false;
    base.isolation.missing = std::generic_category().message(error);
  }
  return base;
}

}  // namespace millrace::functions
