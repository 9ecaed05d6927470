#include "server/functions/isolation/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "server/functions/isolation/socket_memory.h"
#include "server/log.h"
#include "storage/base/on_pool.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kBytesPerEntry = 16 << 10;
constexpr std::chrono::seconds kLongestLook{5};
// The buffers of so many hold some tens of MB at most; their size is not looked at.
constexpr std::size_t kFewSockets = 16;

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory(int at, const char* name) {
  const int fd = ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR* const opened = fd < 0 ? nullptr : ::fdopendir(fd);
  if (fd >= 0 && !opened) ::close(fd);
  return {opened, ::closedir};
}

bool is_dots(const char* name) { return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0; }

// The next entry that is not "." or ".."; nullptr at the end.
const dirent* next(DIR* directory) {
  const dirent* entry = nullptr;
  do entry = ::readdir(directory);
  while (entry && is_dots(entry->d_name));
  return entry;
}

// Removes what is in `top`/`name` and then that itself; its subdirectories become `top`'s.
class Flattener {
 public:
  Flattener(int top, const std::atomic<bool>& stop) : top_(top), stop_(stop) {}

  // 0, or an error.
  int remove(const char* name) {
    if (::unlinkat(top_, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    (void)::fchmodat(top_, name, 0700, 0);  // its owner may have locked itself out
    const Directory directory = open_directory(top_, name);
    if (!directory) return errno;
    const int at = ::dirfd(directory.get());
    while (const dirent* entry = next(directory.get())) {
      if (stop_) return ECANCELED;
      if (::unlinkat(at, entry->d_name, 0) == 0 || ::unlinkat(at, entry->d_name, AT_REMOVEDIR) == 0) continue;
      if (errno != ENOTEMPTY && errno != EEXIST && errno != EACCES && errno != EPERM) return errno;
      // A directory changes its parent, and so its own entry "..", which needs the right to write to it.
      (void)::fchmodat(at, entry->d_name, 0700, 0);
      if (const int error = move_up(at, entry->d_name)) return error;
    }
    return ::unlinkat(top_, name, AT_REMOVEDIR) == 0 ? 0 : errno;
  }

 private:
  int move_up(int at, const char* name) {
    for (;;) {
      const std::string free = "up-" + std::to_string(++moved_);
      if (::renameat(at, name, top_, free.c_str()) == 0) return 0;
      if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) return errno;
    }
  }

  const int top_;
  const std::atomic<bool>& stop_;
  std::uint64_t moved_ = 0;
};

// Walks depth first, with a descriptor for each level.
void measure_directory(const Measure& what, Held& out, dev_t& device,
                       std::chrono::steady_clock::time_point end) {
  std::vector<Directory> levels;
  levels.push_back(open_directory(AT_FDCWD, what.directory.c_str()));
  if (!levels.back()) return;
  struct stat info {};
  if (::fstat(::dirfd(levels.back().get()), &info) == 0) device = info.st_dev;
  while (!levels.empty()) {
    DIR* const here = levels.back().get();
    const dirent* const entry = next(here);
    if (!entry) {
      levels.pop_back();
      continue;
    }
    if (*what.stop || ++out.entries > what.max_entries || std::chrono::steady_clock::now() > end) return;
    if (::fstatat(::dirfd(here), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    out.disk_bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
    if (!S_ISDIR(info.st_mode)) continue;
    if (levels.size() > kMaxScratchDepth) {
      out.too_deep = true;
      return;
    }
    if (Directory below = open_directory(::dirfd(here), entry->d_name)) levels.push_back(std::move(below));
  }
}

// Deleted files, each once: memory's of memfd_create, and those of the scratch directory's file system; and
// sockets, once there are many.
void measure_open_files(const Measure& what, Held& out, dev_t device) {
  std::set<std::pair<dev_t, ino_t>> seen;
  std::set<ino_t> sockets;
  for (const pid_t pid : what.processes) {
    const Directory open = open_directory(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/fd").c_str());
    if (!open) continue;
    while (const dirent* entry = next(open.get())) {
      if (*what.stop) return;
      struct stat info {};
      const int at = ::dirfd(open.get());
      if (::fstatat(at, entry->d_name, &info, 0) != 0) continue;
      if (S_ISSOCK(info.st_mode)) sockets.insert(info.st_ino);
      if (!S_ISREG(info.st_mode) || info.st_nlink != 0 || !seen.emplace(info.st_dev, info.st_ino).second)
        continue;
      const std::uint64_t bytes = static_cast<std::uint64_t>(info.st_blocks) * 512;
      char target[16] = "";
      const bool memory = ::readlinkat(at, entry->d_name, target, sizeof target - 1) > 0 &&
                          std::strncmp(target, "/memfd:", 7) == 0;
      if (memory)
        out.memory_bytes += bytes;
      else if (info.st_dev == device && !what.directory.empty())
        out.disk_bytes += bytes;
    }
  }
  if (sockets.size() > kFewSockets) out.memory_bytes += memory_of_sockets(sockets);
}

}  // namespace

std::uint64_t max_scratch_entries(unsigned megabytes) {
  return (std::uint64_t{megabytes} << 20) / kBytesPerEntry;
}

Held measure(const Measure& what) {
  Held out;
  dev_t device = 0;
  const auto end = std::chrono::steady_clock::now() + kLongestLook;
  if (!what.directory.empty()) measure_directory(what, out, device, end);
  measure_open_files(what, out, device);
  return out;
}

int empty_directory(const fs::path& directory, const std::atomic<bool>& stop) {
  int first = 0;
  for (bool again = true; again && first == 0 && !stop;) {
    again = false;
    const Directory top = open_directory(AT_FDCWD, directory.c_str());
    if (!top) return errno;
    Flattener flattener(::dirfd(top.get()), stop);
    // What is moved up meanwhile may or may not be seen in this round.
    while (const dirent* entry = next(top.get())) {
      if (stop) break;
      again = true;
      const int error = flattener.remove(entry->d_name);
      if (first == 0) first = error;
    }
  }
  return first;
}

void ensure_directory(const fs::path& directory, std::error_code& failed) {
  const fs::file_status there = fs::symlink_status(directory, failed);
  if (fs::exists(there) && !fs::is_directory(there) && fs::remove(directory, failed))
    log::warning("directory_replaced",
                 {{"path", directory.string()},
                  {"reason", fs::is_symlink(there) ? "it was a symbolic link" : "it was not a directory"}});
  failed.clear();
  fs::create_directories(directory, failed);
}

Scratch::Scratch(fs::path work_dir) : scratch_(work_dir / "tmp"), trash_(work_dir / "trash") {
  std::error_code failed;
  ensure_directory(trash_, failed);
  ensure_directory(scratch_, failed);
  if (!failed && !fs::is_empty(scratch_, failed) && !failed) set_aside(scratch_);
  ensure_directory(scratch_, failed);
  if (failed)
    log::error("scratch_directory_failed", {{"path", scratch_.string()}, {"reason", failed.message()}});
  discard({});  // what was being removed when an earlier server ended
}

Scratch::~Scratch() {
  stop_ = true;
  remover_.join();
  looker_.join();
}

void Scratch::set_aside(const fs::path& directory) {
  std::error_code failed;
  fs::path free;
  do free = trash_ / std::to_string(++names_);
  while (fs::exists(fs::symlink_status(free, failed)));
  fs::rename(directory, free, failed);
  if (failed)
    log::warning("scratch_removal_failed", {{"path", directory.string()}, {"reason", failed.message()}});
}

fs::path Scratch::make(std::uint64_t number, std::error_code& failed) {
  fs::path directory = scratch_ / std::to_string(number);
  if (fs::exists(fs::symlink_status(directory, failed))) set_aside(directory);
  fs::create_directory(directory, failed);
  return directory;
}

void Scratch::discard(const fs::path& directory) {
  if (!directory.empty()) set_aside(directory);
  asio::post(remover_, [this] {
    const int error = empty_directory(trash_, stop_);
    if (error != 0 && error != ECANCELED)
      log::warning("scratch_removal_failed", {{"path", trash_.string()}, {"reason", std::strerror(error)}});
  });
}

asio::awaitable<Held> Scratch::look(const Measure& what) {
  const auto work = [&what] { return measure(what); };
  co_return co_await on_pool(looker_, work);
}

}  // namespace millrace::functions
