#include "tools/bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
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

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// What /proc/PID/stat says of a process; see proc(5).
struct Stat {
  pid_t pid;
  pid_t parent;
  double ticks;  // of itself and of the children it waited for
};

std::optional<Stat> stat_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t name_end = text.rfind(')');
  if (name_end == text.npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  Stat stat{pid, 0, 0};
  fields >> skipped >> stat.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  for (int field = 14; field < 18; ++field) {
    double ticks = 0;
    fields >> ticks;
    stat.ticks += ticks;
  }
  return stat;
}

// The process and all it started, directly or not.
std::vector<Stat> tree_of(pid_t root) {
  std::vector<Stat> all;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry("/proc", gone), end; entry != end; entry.increment(gone)) {
    const pid_t pid = std::atoi(entry->path().filename().c_str());  // 0 for what is no process
    if (pid == 0) continue;
    if (const auto stat = stat_of(pid)) all.push_back(*stat);
  }
  std::vector<Stat> tree;
  for (const Stat& stat : all) {
    if (stat.pid == root) tree.push_back(stat);
  }
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const pid_t parent = tree[i].pid;
    for (const Stat& stat : all) {
      if (stat.parent == parent) tree.push_back(stat);
    }
  }
  return tree;
}

std::optional<double> status_mb(pid_t pid, std::string_view field) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(field)) return std::stod(line.substr(field.size())) * 1024 / 1e6;
  }
  return std::nullopt;
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
  kill_group();
}

void Process::kill_group() {
  kill(-pid_, SIGKILL);
  int status = 0;
  if (!status_ && waitpid(pid_, &status, 0) == pid_) status_ = status;
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
  if (!stat_of(pid)) return std::nullopt;
  double ticks = 0;
  for (const Stat& stat : tree_of(pid)) ticks += stat.ticks;
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> peak_memory_mb(pid_t pid) { return status_mb(pid, "VmHWM:"); }

std::optional<double> memory_mb(pid_t pid) {
  if (!stat_of(pid)) return std::nullopt;
  double sum = 0;
  for (const Stat& stat : tree_of(pid)) sum += status_mb(stat.pid, "VmRSS:").value_or(0);
  return sum;
}

void reset_peak_memory(pid_t pid) { std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5"; }

void raise_open_files(std::size_t files) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= files) return;
  rlimit raised{files, std::max<rlim_t>(files, limit.rlim_max)};  // root may raise the hard limit too
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  raised = {std::min<rlim_t>(files, limit.rlim_max), limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &raised);
}

double disk_mb(const std::filesystem::path& directory) {
  double blocks = 0;
  std::error_code gone;  // a file may go while we look
  for (std::filesystem::recursive_directory_iterator entry(directory, gone), end; entry != end;
       entry.increment(gone)) {
    struct stat status {};
    if (stat(entry->path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      blocks += static_cast<double>(status.st_blocks);
    }
  }
  return blocks * 512 / 1e6;
}

}  // namespace millrace::bench
