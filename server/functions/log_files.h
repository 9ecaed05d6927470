// The logs of functions as CloudWatch Logs shows them.
#pragma once

#include <filesystem>

#include "api/logs/log_source.h"

namespace millrace::functions {

class LogFiles final : public logs::LogSource {
 public:
  // `directory`: that of FunctionLogs.
  LogFiles(std::filesystem::path directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock) {}

  [[nodiscard]] std::vector<logs::LogGroup> groups(const std::string& account,
                                                   const std::string& region) const override;
  [[nodiscard]] std::optional<std::vector<logs::LogEvent>> events(const std::string& account,
                                                                  const std::string& region,
                                                                  const std::string& group) const override;
  [[nodiscard]] bool retain(const std::string& account, const std::string& region, const std::string& group,
                            std::optional<int> days) override;

 private:
  // The file of a group's newest events; nullopt: there is no such group.
  [[nodiscard]] std::optional<std::filesystem::path> file_of(const std::string& account,
                                                             const std::string& region,
                                                             const std::string& group) const;

  const std::filesystem::path directory_;
  const Clock& clock_;
};

}  // namespace millrace::functions
