#include "server/functions/isolation/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

// The kernel's interface, as far as Debian 12's headers do not have it.
struct RulesetAttributes {
  std::uint64_t handled_access_fs, handled_access_net, scoped;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent;
};
constexpr unsigned kVersionFlag = 1, kRulePathBeneath = 1;
constexpr std::uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDirectory = 1 << 3,
                        kMakeCharacterDevice = 1 << 6, kMakeBlockDevice = 1 << 11, kTruncate = 1 << 14,
                        kIoctl = 1 << 15;
constexpr std::uint64_t kScopes = 3;  // abstract Unix sockets, signals

// All rights of the file system that a version knows.
std::uint64_t rights_of(int version) {
  const unsigned count = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  return (std::uint64_t{1} << count) - 1;
}

std::uint64_t rights_of(PathRule::Access access, std::uint64_t all) {
  switch (access) {
    case PathRule::Access::list:
      return kReadDirectory;
    case PathRule::Access::read:
      return kReadDirectory | kReadFile | kExecute;
    case PathRule::Access::device:
      return kReadDirectory | kReadFile | kWriteFile | kTruncate | kIoctl;
    case PathRule::Access::write:
      return all & ~(kMakeCharacterDevice | kMakeBlockDevice | kIoctl);
  }
  return 0;
}

constexpr std::uint64_t kRightsOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctl;

bool is_below(const fs::path& path, const fs::path& directory) {
  const fs::path relative = path.lexically_relative(directory);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

int landlock_version() {
  return std::max(0, static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag)));
}

Landlock::Landlock(const std::vector<PathRule>& rules) {
  const int version = landlock_version();
  if (version == 0) return;
  const std::uint64_t all = rights_of(version);
  const RulesetAttributes attributes{all, 0, version >= kLandlockScopes ? kScopes : 0};
  // A kernel takes more than it knows only as zeros.
  descriptor_ = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (descriptor_ < 0) return;
  for (const PathRule& rule : rules) {
    const int fd = ::open(rule.path.c_str(), O_PATH | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0) {
      if (fd >= 0) ::close(fd);
      continue;
    }
    PathBeneath beneath{rights_of(rule.access, all) & all, fd};
    if (!S_ISDIR(info.st_mode)) beneath.allowed_access &= kRightsOfFiles;
    (void)::syscall(SYS_landlock_add_rule, descriptor_, kRulePathBeneath, &beneath, 0);
    ::close(fd);
  }
}

Landlock::~Landlock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

[[clang::no_sanitize("address", "thread", "undefined")]] int restrict_to(int descriptor) noexcept {
  return ::syscall(SYS_landlock_restrict_self, descriptor, 0) == 0 ? 0 : errno;
}

void allow_except(const fs::path& path, PathRule::Access access, const std::vector<fs::path>& except,
                  std::vector<PathRule>& to) {
  if (std::find(except.begin(), except.end(), path) != except.end()) return;
  if (std::none_of(except.begin(), except.end(), [&](const fs::path& e) { return is_below(e, path); })) {
    to.push_back({path, access});
    return;
  }
  to.push_back({path, PathRule::Access::list});
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(path, failed))
    if (!entry.is_symlink(failed)) allow_except(entry.path(), access, except, to);
}

}  // namespace millrace::functions
