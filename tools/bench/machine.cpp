#include "tools/bench/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace millrace::bench {
namespace {

// The value of the first line `key: value` in a file of /proc.
std::string value_in(const char* file, std::string_view key) {
  std::ifstream lines(file);
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t value = colon == line.npos ? colon : line.find_first_not_of(" \t", colon + 1);
    if (value != line.npos) return line.substr(value);
  }
  return "unknown";
}

bool holds(const std::string& mount, const std::string& path) {
  return mount == "/" || path == mount || path.starts_with(mount + "/");
}

// The type of the filesystem on the longest mount point that `path` is under; later mounts hide earlier ones.
std::string filesystem_of(const std::string& path) {
  std::ifstream mounts("/proc/self/mounts");
  std::string line;
  std::string best;
  std::string best_type = "unknown filesystem";
  while (std::getline(mounts, line)) {
    std::istringstream fields(line);
    std::string device;
    std::string mount;
    std::string type;
    fields >> device >> mount >> type;
    if (!holds(mount, path) || mount.size() < best.size()) continue;
    best = mount;
    best_type = type;
  }
  return best_type;
}

}  // namespace

std::string machine_line(const std::filesystem::path& data) {
  utsname names{};
  uname(&names);
  const double memory_gb = std::strtod(value_in("/proc/meminfo", "MemTotal").c_str(), nullptr) * 1024 / 1e9;
  return fmt::format("{}, {} cores, {:.0f} GB memory, Linux {}, data on {}",
                     value_in("/proc/cpuinfo", "model name"), std::thread::hardware_concurrency(), memory_gb,
                     names.release,
                     filesystem_of(std::filesystem::absolute(data).lexically_normal().string()));
}

}  // namespace millrace::bench
