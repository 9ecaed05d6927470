#include "server/functions/isolation/cgroups.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

bool write_to(const fs::path& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return done;
}

// The number behind `wanted` in a file of lines "name number"; 0 when it is not there.
std::uint64_t number_in(const fs::path& file, const std::string& wanted) {
  std::ifstream in(file);
  std::string name;
  for (std::uint64_t number = 0; in >> name >> number;)
    if (name == wanted) return number;
  return 0;
}

// The server's own group by controller; version 2's has none. Lines "4:memory:/path" and "0::/path".
std::map<std::string, std::string> own_groups(const fs::path& self) {
  std::map<std::string, std::string> out;
  std::ifstream in(self);
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    std::istringstream controllers(line.substr(first + 1, second - first - 1));
    const std::string path = line.substr(second + 1);
    if (first + 1 == second) out[""] = path;
    for (std::string name; std::getline(controllers, name, ',');) out[name] = path;
  }
  return out;
}

bool make_directory(const fs::path& directory) {
  std::error_code ec;
  fs::create_directory(directory, ec);
  return !ec;
}

void remove_directory(const fs::path& directory) { ::rmdir(directory.c_str()); }

// The groups of servers that were killed; empty by now.
void sweep(const fs::path& own) {
  constexpr std::string_view kHead = "millrace-";
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(own, failed)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kHead)) continue;
    const std::string digits = name.substr(kHead.size(), name.find('-', kHead.size()) - kHead.size());
    if (fs::exists("/proc/" + digits)) continue;
    for (const auto& worker : fs::directory_iterator(entry.path(), failed))
      if (worker.is_directory(failed)) remove_directory(worker.path());
    remove_directory(entry.path());
  }
}

fs::path below(const fs::path& root, const std::string& path) {
  return root / fs::path(path).relative_path();
}

}  // namespace

Cgroup::~Cgroup() {
  for (const fs::path& directory : directories_) remove_directory(directory);
}

std::vector<std::string> Cgroup::join_files() const {
  // Version 1's way for a single thread, which a starting worker is, does not wait for the kernel's other
  // processors: 30 ms were measured. Version 2 has no such way into a group with controllers.
  const char* const file = directories_.size() > 1 ? "tasks" : "cgroup.procs";
  std::vector<std::string> out;
  for (const fs::path& directory : directories_) out.push_back(directory / file);
  return out;
}

bool Cgroup::killed_for_memory() const {
  const char* const file = directories_.size() > 1 ? "memory.oom_control" : "memory.events";
  return number_in(directories_.front() / file, "oom_kill") > 0;
}

Cgroups::Cgroups(const fs::path& root, const fs::path& self) {
  auto own = own_groups(self);
  std::error_code ec;
  if (own.contains("memory") && own.contains("pids"))
    use_version_1(below(root / "memory", own["memory"]), below(root / "pids", own["pids"]));
  else if (fs::exists(root / "cgroup.controllers", ec))
    use_version_2(below(root, own[""]));
}

Cgroups::~Cgroups() {
  for (const fs::path& parent : parents_) remove_directory(parent);
}

// A group that shares out controllers may have no processes itself, but for the root.
void Cgroups::use_version_2(const fs::path& own) {
  sweep(own);
  const std::string mine = "millrace-" + std::to_string(::getpid());
  const fs::path server = own / mine, workers = own / (mine + "-functions");
  if (!make_directory(server) || !write_to(server / "cgroup.procs", "0")) return remove_directory(server);
  const bool shared = write_to(own / "cgroup.subtree_control", "+memory +pids");
  if (shared && make_directory(workers)) {
    if (write_to(workers / "cgroup.subtree_control", "+memory +pids")) {
      unified_ = true;
      parents_ = {workers};
      return;
    }
    remove_directory(workers);
  }
  if (write_to(own / "cgroup.procs", "0")) remove_directory(server);
}

void Cgroups::use_version_1(const fs::path& memory, const fs::path& pids) {
  sweep(memory);
  sweep(pids);
  const std::string mine = "millrace-" + std::to_string(::getpid());
  if (!make_directory(memory / mine)) return;
  if (!make_directory(pids / mine)) return remove_directory(memory / mine);
  parents_ = {memory / mine, pids / mine};
}

const char* Cgroups::kind() const { return parents_.empty() ? "none" : unified_ ? "v2" : "v1"; }

std::unique_ptr<Cgroup> Cgroups::make(std::uint64_t number, std::uint64_t memory_bytes, std::uint64_t tasks) {
  if (parents_.empty()) return nullptr;
  std::vector<fs::path> directories;
  for (const fs::path& parent : parents_) directories.push_back(parent / std::to_string(number));
  auto group = std::make_unique<Cgroup>(directories);  // removes what was made, should the rest fail
  for (const fs::path& directory : directories)
    if (!make_directory(directory)) return nullptr;
  const bool bounded = write_to(directories.front() / (unified_ ? "memory.max" : "memory.limit_in_bytes"),
                                std::to_string(memory_bytes)) &&
                       write_to(directories.back() / "pids.max", std::to_string(tasks));
  if (unified_) (void)write_to(directories.front() / "memory.swap.max", "0");
  return bounded ? std::move(group) : nullptr;
}

}  // namespace millrace::functions
