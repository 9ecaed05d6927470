#include "server/functions/workers/worker_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>

#include "server/functions/isolation/confinement.h"
#include "server/functions/isolation/descriptor_passing.h"
#include "server/functions/isolation/split_off.h"

namespace millrace::functions {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void set(int fd) { fd_ = fd; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read, write;

  [[nodiscard]] bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read.set(ends[0]);
    write.set(ends[1]);
    return true;
  }
  [[nodiscard]] bool open_sockets() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
    read.set(ends[0]);
    write.set(ends[1]);
    return true;
  }
};

// All that the child needs, made before it exists: between its start and execve it may neither allocate nor
// take a lock, since other threads of the server held some when it was split off.
struct Plan {
  std::vector<char*> arguments, environment;
  std::vector<char*> cgroup_files;
  const Sandbox* sandbox;
  const std::vector<sock_filter>* filter;
  const char* directory;
  rlim_t data_bytes, file_bytes, tasks;
  int landlock, listener, output, failure;
  pid_t parent;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& t : texts) out.push_back(const_cast<char*>(t.c_str()));
  out.push_back(nullptr);
  return out;
}

void limit(__rlimit_resource_t what, rlim_t value) {
  rlimit now{};
  ::getrlimit(what, &now);
  if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
  const rlimit wanted{value, value};
  ::setrlimit(what, &wanted);
}

// The kernel's choice when memory runs out is a worker, never the server.
void prefer_as_oom_victim() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t n = ::write(fd, "800", 3);
  ::close(fd);
}

void default_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int s = 1; s < 32; ++s)
    if (s != SIGKILL && s != SIGSTOP) ::sigaction(s, &standard, nullptr);
  standard.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Whether the server still waits to be told. The ids of processes do not say so: a sandbox has its own.
bool is_awaited(int failure) {
  pollfd end{failure, POLLOUT, 0};
  return ::poll(&end, 1, 0) >= 0 && (end.revents & POLLERR) == 0;
}

[[clang::no_sanitize("address", "thread", "undefined")]] int join_cgroups(const Plan& plan) {
  for (char* const* file = plan.cgroup_files.data(); *file != nullptr; ++file) {
    const int fd = ::open(*file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || ::write(fd, "0", 1) != 1) return errno;
    ::close(fd);
  }
  return 0;
}

// Where the child has the descriptor of its rules, and the socket for its filter's listener.
constexpr int kRules = 4, kListener = 5;

// Into its sandbox and its limits. 0, or the errno of what failed.
[[clang::no_sanitize("address", "thread", "undefined")]] int settle(const Plan& plan) {
  ::umask(022);  // Lambda's; the server's own is stricter
  prefer_as_oom_victim();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 1024);
  limit(RLIMIT_DATA, plan.data_bytes);
  limit(RLIMIT_FSIZE, plan.file_bytes);
  limit(RLIMIT_NPROC, plan.tasks);
  ::setpriority(PRIO_PROCESS, 0, 5);
  default_signals();
  if (const int error = join_cgroups(plan)) return error;
  drop_bounding_capabilities();
  if (plan.sandbox)
    if (const int error = plan.sandbox->enter()) return error;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // another user's process has lost it
  const bool rules = plan.landlock >= 0;
  if (const int error = confine(*plan.filter, rules ? kRules : -1, rules ? kListener : -1)) return error;
  ::close(kRules);
  ::close(kListener);
  return ::chdir(plan.directory) == 0 ? 0 : errno;
}

[[noreturn, clang::no_sanitize("address", "thread", "undefined")]] void become(const Plan& plan) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (is_awaited(plan.failure)) {
    const int null = ::open("/dev/null", O_RDONLY);
    const int failure = 3;
    // `failure` may be one of 0 to 2 when the server was started without them; first up, then down.
    const int output = ::fcntl(plan.output, F_DUPFD, 10), report = ::fcntl(plan.failure, F_DUPFD, 10);
    const int rules = plan.landlock >= 0 ? ::fcntl(plan.landlock, F_DUPFD, 10) : null;
    const int listener = plan.landlock >= 0 ? ::fcntl(plan.listener, F_DUPFD, 10) : null;
    if (null >= 0 && output >= 0 && report >= 0 && ::dup2(null, 0) == 0 && ::dup2(output, 1) == 1 &&
        ::dup2(output, 2) == 2 && ::dup2(report, failure) == failure && ::dup2(rules, kRules) == kRules &&
        ::dup2(listener, kListener) == kListener) {
      ::close_range(kListener + 1, ~0u, 0);
      ::fcntl(failure, F_SETFD, FD_CLOEXEC);
      int error = settle(plan);
      if (error == 0) {
        if (is_awaited(failure))
          ::execve(*plan.arguments.data(), plan.arguments.data(), plan.environment.data());
        error = errno;
      }
      [[maybe_unused]] const ssize_t n = ::write(failure, &error, sizeof error);
    }
  }
  ::_exit(127);
}

error_code last_error() { return {errno, boost::system::system_category()}; }

const char* signal_name(int signal) {
  switch (signal) {
    case SIGKILL:
      return "killed";
    case SIGSEGV:
      return "segmentation fault";
    case SIGABRT:
      return "aborted";
    case SIGTERM:
      return "terminated";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "floating point exception";
    case SIGILL:
      return "illegal instruction";
    default:
      return nullptr;
  }
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal != 0) {
    const char* name = signal_name(signal);
    return "Runtime exited with error: signal: " + (name ? name : "signal " + std::to_string(signal));
  }
  if (code != 0) return "Runtime exited with error: exit status " + std::to_string(code);
  return "Runtime exited without providing a reason";
}

boost::system::result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(asio::io_context& context,
                                                                           const Command& command) {
  Pipe output, failure, listener;
  if (!output.open() || !failure.open() || (command.landlock && !listener.open_sockets()))
    return last_error();
  const Plan plan{pointers(command.arguments),
                  pointers(command.environment),
                  pointers(command.cgroup_files),
                  command.sandbox.get(),
                  &command.filter,
                  command.directory.c_str(),
                  command.data_bytes,
                  command.file_bytes,
                  command.tasks,
                  command.landlock ? command.landlock->descriptor() : -1,
                  listener.write.get(),
                  output.write.get(),
                  failure.write.get()};
  const pid_t pid =
      split_off([&plan] { become(plan); }, command.sandbox ? command.sandbox->clone_flags() : 0);
  if (pid < 0) return last_error();
  output.write.close();
  failure.write.close();
  listener.write.close();
  int error = 0;
  ssize_t n = 0;
  do n = ::read(failure.read.get(), &error, sizeof error);
  while (n < 0 && errno == EINTR);
  Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (n == 0 && handle.get() < 0) error = errno;
  if (n != 0 || handle.get() < 0) {
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return error_code(error, boost::system::system_category());
  }
  std::unique_ptr<WorkerProcess> process(
      new WorkerProcess(context, pid, output.read.release(), handle.release()));
  process->output_.native_non_blocking(true);
  if (command.landlock) process->listener_ = receive_descriptor(listener.read.get());
  return process;
}

WorkerProcess::~WorkerProcess() {
  if (listener_ >= 0) ::close(listener_);
}

std::optional<ExitStatus> WorkerProcess::status() const {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
    return std::nullopt;
  return info.si_code == CLD_EXITED ? ExitStatus{info.si_status, 0} : ExitStatus{0, info.si_status};
}

asio::awaitable<ExitStatus> WorkerProcess::ended() {
  error_code ignored;
  for (;;) {
    if (const std::optional<ExitStatus> how = status()) co_return *how;
    co_await handle_.async_wait(asio::posix::stream_descriptor::wait_read,
                                asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void WorkerProcess::kill() { signal(SIGKILL); }

void WorkerProcess::signal(int number) {
  if (!reaped_) ::kill(-pid_, number);
}

void WorkerProcess::reap() {
  if (std::exchange(reaped_, true)) return;
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace millrace::functions
