// The logs of functions as CloudWatch Logs shows them.
#pragma once

#include <filesystem>
#include <functional>

#include "api/logs/log_source.h"

namespace millrace::functions {

class LogFiles final : public logs::LogSource {
 public:
  // `directory`: that of FunctionLogs. `settle` returns when what functions have written is in the files.
  LogFiles(std::filesystem::path directory, const Clock& clock, std::function<void()> settle)
      : directory_(std::move(directory)), clock_(clock), settle_(std::move(settle)) {}

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
  const std::function<void()> settle_;
};

}  // namespace millrace::functions
