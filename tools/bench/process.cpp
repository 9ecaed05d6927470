#include "tools/bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;

sigset_t interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// A line of /proc/PID/status that is in KiB.
std::optional<double> status_mb(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) return std::stod(line.substr(name.size())) * 1024 / 1e6;
  }
  return std::nullopt;
}

double cpu_of(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int output = open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (output < 0) throw_errno(log.c_str());
  const sigset_t blocked = interrupts();
  pid_ = fork();
  if (pid_ == 0) {  // only what is async-signal-safe from here on
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);  // an interrupt from the terminal is for the parent, which then stops the child
    sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(output);
  if (pid_ < 0) throw_errno("fork");
}

Process::~Process() {
  if (ended()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::optional<int> Process::ended() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

std::string Process::stop(std::chrono::milliseconds deadline) {
  if (ended()) return "ended before it was asked to";
  kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!ended()) {
    if (std::chrono::steady_clock::now() > until) return "did not end at SIGTERM in time";
    std::this_thread::sleep_for(5ms);
  }
  if (WIFEXITED(*status_) && WEXITSTATUS(*status_) == 0) return {};
  if (WIFEXITED(*status_)) return "exited with " + std::to_string(WEXITSTATUS(*status_));
  return "ended by signal " + std::to_string(WTERMSIG(*status_));
}

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& parent) {
  std::string name = (parent / "millrace-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw_errno(parent.c_str());
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // nothing better to do with it than to leave the directory
  std::filesystem::remove_all(path_, ignored);
}

void take_interrupts() {
  const sigset_t set = interrupts();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void pause_for(std::chrono::milliseconds duration) {
  const sigset_t set = interrupts();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const auto rest = std::chrono::nanoseconds(duration - seconds);
  const timespec time{seconds.count(), rest.count()};
  if (sigtimedwait(&set, nullptr, &time) > 0) throw std::runtime_error("interrupted");
}

std::optional<double> cpu_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == text.npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));  // from the third field, the state, on; see proc(5)
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_cpu_seconds() { return cpu_of(RUSAGE_SELF); }

double thread_cpu_seconds() { return cpu_of(RUSAGE_THREAD); }

std::optional<double> peak_memory_mb(pid_t pid) { return status_mb(pid, "VmHWM:"); }
std::optional<double> memory_mb(pid_t pid) { return status_mb(pid, "VmRSS:"); }

void reset_peak_memory(pid_t pid) { std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5"; }

}  // namespace millrace::bench
