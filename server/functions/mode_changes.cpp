#include "server/functions/mode_changes.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  const int fd_;
};

// chmod(path, mode) or fchmodat(directory, path, mode[, flags]).
struct ModeChange {
  int directory = AT_FDCWD;
  std::uint64_t path = 0;  // in the caller's memory
  mode_t mode = 0;
  unsigned flags = 0;
};

ModeChange change_of(const seccomp_data& call) {
#if defined(__x86_64__)
  if (call.nr == SYS_chmod) return {AT_FDCWD, call.args[0], static_cast<mode_t>(call.args[1]), 0};
#endif
  const bool with_flags = call.nr != SYS_fchmodat;  // fchmodat2
  return {static_cast<int>(call.args[0]), call.args[1], static_cast<mode_t>(call.args[2]),
          with_flags ? static_cast<unsigned>(call.args[3]) : 0};
}

// The text at `at` in a process's memory; empty when there is none.
std::string text_of(pid_t process, std::uint64_t at) {
  const Descriptor memory(
      ::open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  while (memory.get() >= 0 && text.size() < PATH_MAX) {
    char bytes[PATH_MAX];
    const std::size_t wanted =
        std::min<std::size_t>(sizeof bytes, page - at % page);  // the next may be absent
    const ssize_t n = ::pread(memory.get(), bytes, wanted, static_cast<off_t>(at));
    if (n <= 0) return {};
    const std::string_view got(bytes, static_cast<std::size_t>(n));
    const std::size_t end = got.find('\0');
    text += got.substr(0, end);
    if (end != got.npos) return text.size() < PATH_MAX ? text : std::string();
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

int open_below(int directory, const std::string& path, std::uint64_t resolve, bool follow) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
}

// Where a descriptor leads to, as the kernel names it.
std::string place_of(int descriptor) {
  char place[PATH_MAX];
  const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), place, sizeof place);
  return n > 0 ? std::string(place, static_cast<std::size_t>(n)) : std::string();
}

// 0, or the errno for the caller. Links of /proc are not followed: they would lead to what is the server's.
int apply(pid_t process, const ModeChange& change, const fs::path& scratch) {
  constexpr unsigned kNoFollow = AT_SYMLINK_NOFOLLOW;
  if ((change.flags & ~kNoFollow) != 0) return EINVAL;
  const std::string path = text_of(process, change.path);
  if (path.empty()) return ENOENT;
  std::string from = "/";
  if (path.front() != '/')
    from = "/proc/" + std::to_string(process) +
           (change.directory == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(change.directory));
  const Descriptor directory(::open(from.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return errno == ENOENT ? EBADF : errno;
  const Descriptor file(
      open_below(directory.get(), path, RESOLVE_NO_MAGICLINKS, (change.flags & kNoFollow) == 0));
  if (file.get() < 0) return errno == ELOOP ? EPERM : errno;
  const std::string place = place_of(file.get());
  if (place != scratch && !place.starts_with(scratch.string() + "/")) return EPERM;
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || S_ISLNK(info.st_mode)) return EOPNOTSUPP;
  const std::string itself = "/proc/self/fd/" + std::to_string(file.get());
  return ::chmod(itself.c_str(), change.mode & 01777) == 0 ? 0 : errno;
}

asio::awaitable<void> answer_all(std::unique_ptr<asio::posix::stream_descriptor> listener, fs::path scratch) {
  error_code ended;
  for (;;) {
    co_await listener->async_wait(asio::posix::stream_descriptor::wait_read,
                                  asio::redirect_error(asio::use_awaitable, ended));
    if (ended) co_return;
    seccomp_notif call{};
    const int fd = listener->native_handle();
    pollfd state{fd, POLLIN, 0};
    if (::poll(&state, 1, 0) > 0 && (state.revents & POLLIN) == 0) co_return;  // no process is left
    if (::ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
      if (errno == EINTR || errno == ENOENT) continue;  // the caller has died
      co_return;
    }
    seccomp_notif_resp answer{};
    answer.id = call.id;
    const int error = apply(static_cast<pid_t>(call.pid), change_of(call.data), scratch);
    answer.error = -error;
    (void)::ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

}  // namespace

ModeChanges::ModeChanges()
    : work_(context_.get_executor()), thread_([this] {
        ::pthread_setname_np(::pthread_self(), "mode-changes");
        context_.run();
      }) {}

ModeChanges::~ModeChanges() {
  context_.stop();
  thread_.join();
}

void ModeChanges::serve(int listener, fs::path scratch) {
  auto owned = std::make_unique<asio::posix::stream_descriptor>(context_, listener);
  asio::co_spawn(context_, answer_all(std::move(owned), std::move(scratch)), asio::detached);
}

}  // namespace millrace::functions
