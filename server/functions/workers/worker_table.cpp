#include "server/functions/workers/worker_table.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>

namespace millrace::functions {

namespace {

std::string read_file(const std::string& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string out(limit, '\0');
  std::size_t have = 0;
  while (have < limit) {
    const ssize_t n = ::read(fd, out.data() + have, limit - have);
    if (n <= 0) break;
    have += static_cast<std::size_t>(n);
  }
  ::close(fd);
  out.resize(have);
  return out;
}

template <class Visit>
void for_each_pid(Visit visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return;
  while (const dirent* entry = ::readdir(proc.get())) {
    pid_t pid = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, pid).ptr == end) visit(pid);
  }
}

bool has_environment_entry(pid_t pid, std::string_view entry, bool prefix) {
  const std::string all = read_file("/proc/" + std::to_string(pid) + "/environ", 256 << 10);
  for (std::size_t at = 0; at < all.size();) {
    const std::string_view one = std::string_view(all).substr(at, all.find('\0', at) - at);
    if (prefix ? one.starts_with(entry) : one == entry) return true;
    at += one.size() + 1;
  }
  return false;
}

}  // namespace

// Fields of /proc/<pid>/stat, counted from 1 as in proc(5): 3 state, 4 parent, 6 session, 20 threads, 22
// start time, 24 resident pages. The name in field 2 may hold anything but ends with the last parenthesis.
bool WorkerTable::read(pid_t pid, Process& out) {
  char text[1024], path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t size = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  if (size <= 0) return false;
  text[size] = '\0';
  const char* at = std::strrchr(text, ')');
  if (!at) return false;
  static const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.pid = pid;
  int field = 2;
  while ((at = std::strchr(at, ' ')) && field < 24) {
    ++at;
    switch (++field) {
      case 3:
        out.state = *at;
        break;
      case 4:
        out.parent = std::atoi(at);
        break;
      case 6:
        out.session = std::atoi(at);
        break;
      case 20:
        out.threads = std::strtoull(at, nullptr, 10);
        break;
      case 22:
        out.started = std::strtoull(at, nullptr, 10);
        break;
      case 24:
        out.resident_bytes = std::strtoull(at, nullptr, 10) * page;
        break;
      default:
        break;
    }
  }
  return field == 24;
}

WorkerTable::Processes WorkerTable::read_all() {
  Processes all;
  for_each_pid([&all](pid_t pid) {
    if (Process p; read(pid, p)) all.emplace(pid, p);
  });
  return all;
}

std::uint64_t WorkerTable::tasks_of(uid_t user) {
  std::uint64_t sum = 0;
  for (const auto& [pid, p] : read_all()) {
    struct stat info {};
    if (::stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0 && info.st_uid == user) sum += p.threads;
  }
  return sum;
}

// What shows from the process itself, its ancestors aside.
pid_t WorkerTable::own_leader(const Process& p) const {
  if (leaders_.contains(p.pid)) return p.pid;
  if (leaders_.contains(p.session)) return p.session;
  const auto before = ours_.find(p.pid);
  if (before != ours_.end() && before->second.started == p.started) return before->second.leader;
  if (p.parent != ::getpid() || p.state == 'Z') return 0;
  for (const auto& [leader, mark] : leaders_)
    if (has_environment_entry(p.pid, mark, false)) return leader;
  return 0;
}

void WorkerTable::assign_leaders(Processes& all) const {
  for (auto& [pid, p] : all) p.leader = own_leader(p);
  for (auto& [pid, p] : all) {
    if (p.leader != 0) continue;
    pid_t above = p.parent, found = 0;
    // The bound is for a table that changed while it was read and now holds a ring.
    for (int steps = 0; found == 0 && steps < 1000; ++steps) {
      const auto parent = all.find(above);
      if (parent == all.end() || above <= 1 || above == ::getpid()) break;
      found = parent->second.leader;
      above = parent->second.parent;
    }
    p.leader = found;
  }
}

void WorkerTable::refresh() {
  Processes all = read_all();
  assign_leaders(all);
  care_for_orphans(all);
  ours_.clear();
  for (const auto& [pid, p] : all)
    if (p.leader != 0 && leaders_.contains(p.leader)) ours_.emplace(pid, p);
}

void WorkerTable::care_for_orphans(const Processes& all) {
  static const pid_t own_session = ::getsid(0);
  strays_ = 0;
  for (const auto& [pid, p] : all) {
    if (p.parent != ::getpid() || p.session == own_session || leaders_.contains(pid)) continue;
    if (p.state == 'Z') {
      ::waitpid(pid, nullptr, WNOHANG);
    } else if (p.leader == 0) {
      ::kill(pid, SIGKILL);
      ++strays_;
    }
  }
}

WorkerTable::Usage WorkerTable::usage(pid_t leader) const {
  Usage sum;
  for (const auto& [pid, p] : ours_)
    if (p.leader == leader && p.state != 'Z') {
      ++sum.processes;
      sum.threads += p.threads;
      sum.resident_bytes += p.resident_bytes;
    }
  return sum;
}

std::vector<pid_t> WorkerTable::processes(pid_t leader) const {
  std::vector<pid_t> out;
  for (const auto& [pid, p] : ours_)
    if (p.leader == leader && p.state != 'Z') out.push_back(pid);
  return out;
}

std::uint64_t WorkerTable::proportional_bytes(pid_t leader) const {
  std::uint64_t sum = 0;
  for (const auto& [pid, p] : ours_) {
    if (p.leader != leader || p.state == 'Z') continue;
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/smaps_rollup", 4096);
    const std::size_t at = text.find("\nPss:");
    sum +=
        at == std::string::npos ? p.resident_bytes : std::strtoull(text.c_str() + at + 5, nullptr, 10) << 10;
  }
  return sum;
}

void WorkerTable::signal(pid_t leader, int number) const {
  for (const auto& [pid, p] : ours_)
    if (p.leader == leader && p.state != 'Z') ::kill(pid, number);
}

void WorkerTable::stop(pid_t leader) const {
  for (const auto& [pid, p] : ours_)
    if (p.leader == leader && p.state != 'Z' && p.state != 'T') ::kill(pid, SIGSTOP);
}

unsigned WorkerTable::kill(pid_t leader) const {
  unsigned alive = 0;
  for (const auto& [pid, p] : ours_) {
    if (p.leader != leader || p.state == 'Z') continue;
    ++alive;
    ::kill(pid, SIGKILL);
  }
  return alive;
}

void kill_leftovers(const std::string& work_dir) {
  const std::string mark = "LAMBDA_TASK_ROOT=" + work_dir + "/code/";
  // What is dead has no environment any more; what forks meanwhile is found in the next round.
  constexpr int kRounds = 200;
  for (int round = 0, found = 1; round < kRounds && found > 0; ++round) {
    found = 0;
    for_each_pid([&mark, &found](pid_t pid) {
      if (pid == ::getpid() || !has_environment_entry(pid, mark, true)) return;
      ::kill(pid, SIGKILL);
      ++found;
    });
    if (found > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace millrace::functions
