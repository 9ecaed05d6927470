// What the CloudWatch Logs service needs from above: what functions wrote. The server implements it over its
// files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/clock.h"

namespace millrace::logs {

struct LogGroup {
  std::string name;  // /aws/lambda/<function>
  Time created{};
  std::uint64_t bytes = 0;
  std::optional<int> retention_days;  // nullopt: events do not expire
};

struct LogEvent {
  Time time{};
  std::string stream, message;
  std::string id;  // of this event for as long as it is kept
};

// Owned by the application, outlives every user. Reads files: not for a thread that runs coroutines.
class LogSource {
 public:
  virtual ~LogSource() = default;

  // By name.
  [[nodiscard]] virtual std::vector<LogGroup> groups(const std::string& account,
                                                     const std::string& region) const = 0;
  // All that is kept and has not expired, oldest first; nullopt when there is no such group.
  [[nodiscard]] virtual std::optional<std::vector<LogEvent>> events(const std::string& account,
                                                                    const std::string& region,
                                                                    const std::string& group) const = 0;
  // Sets how many days the group's events are kept; nullopt: they do not expire. False: there is no such
  // group. Completes when it is on disk. Throws std::runtime_error when it cannot be written.
  [[nodiscard]] virtual bool retain(const std::string& account, const std::string& region,
                                    const std::string& group, std::optional<int> days) = 0;
};

}  // namespace millrace::logs
