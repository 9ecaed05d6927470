#include "server/functions/logs/log_files.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "server/functions/logs/function_log.h"

namespace millrace::functions {

namespace fs = std::filesystem;
using logs::LogEvent;

namespace {

constexpr std::string_view kGroupPrefix = "/aws/lambda/";

// Appends the events of a file, which may not be there.
void read(const fs::path& path, std::vector<LogEvent>& out) {
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);) {
    const LogLine parsed = parse_log_line(line);
    if (parsed.stream.empty()) continue;  // of a version that kept no times
    out.push_back({Time(std::chrono::milliseconds(parsed.ms)), std::string(parsed.stream),
                   std::string(parsed.text), ""});
  }
}

// The same for an event however often it is read: its time, its stream, and its place among those of one
// millisecond there.
void number(std::vector<LogEvent>& events) {
  std::map<std::pair<Time, std::string>, std::size_t> seen;
  for (LogEvent& e : events) {
    const std::size_t place = seen[{e.time, e.stream}]++;
    const std::string unique = e.stream.substr(e.stream.size() - std::min<std::size_t>(e.stream.size(), 8));
    e.id = std::to_string(e.time.time_since_epoch().count()) + "-" + unique + "-" + std::to_string(place);
  }
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code failed;
  const std::uint64_t size = fs::file_size(path, failed);
  return failed ? 0 : size;
}

}  // namespace

std::vector<logs::LogGroup> LogFiles::groups(const std::string& account, const std::string& region) const {
  settle_();
  std::vector<logs::LogGroup> out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory_ / account / region, failed)) {
    if (entry.path().extension() != ".log") continue;
    const fs::path old = old_log_file(entry.path());
    std::ifstream file(fs::exists(old) ? old : entry.path());
    std::string line;
    std::getline(file, line);
    const LogLine first = parse_log_line(line);
    const Time created =
        first.ms > 0 ? Time(std::chrono::milliseconds(first.ms)) : modified(entry.path()).value_or(Time{});
    out.push_back({std::string(kGroupPrefix) + entry.path().stem().string(), created,
                   size_of(entry.path()) + size_of(old), retention_days(entry.path())});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

std::optional<fs::path> LogFiles::file_of(const std::string& account, const std::string& region,
                                          const std::string& group) const {
  if (!group.starts_with(kGroupPrefix)) return std::nullopt;
  const std::string function = group.substr(kGroupPrefix.size());
  const fs::path path = log_file(directory_, account, region, function), old = old_log_file(path);
  if (path.stem() != function) return std::nullopt;  // no function has such a name
  if (!fs::exists(path) && !fs::exists(old)) return std::nullopt;
  return path;
}

bool LogFiles::retain(const std::string& account, const std::string& region, const std::string& group,
                      std::optional<int> days) {
  settle_();
  const std::optional<fs::path> path = file_of(account, region, group);
  if (path) set_retention_days(*path, days);
  return path.has_value();
}

std::optional<std::vector<LogEvent>> LogFiles::events(const std::string& account, const std::string& region,
                                                      const std::string& group) const {
  settle_();
  const std::optional<fs::path> path = file_of(account, region, group);
  if (!path) return std::nullopt;
  std::vector<LogEvent> out;
  read(old_log_file(*path), out);
  read(*path, out);
  const Time first = first_kept(*path, clock_.now());
  std::erase_if(out, [first](const LogEvent& e) { return e.time < first; });
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  number(out);
  return out;
}

}  // namespace millrace::functions
