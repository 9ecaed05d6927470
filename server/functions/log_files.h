// The logs of functions as CloudWatch Logs shows them.
#pragma once

#include <filesystem>

#include "api/logs/log_source.h"

namespace millrace::functions {

class LogFiles final : public logs::LogSource {
 public:
  // `directory`: that of FunctionLogs.
  explicit LogFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] std::vector<logs::LogGroup> groups(const std::string& account,
                                                   const std::string& region) const override;
  [[nodiscard]] std::optional<std::vector<logs::LogEvent>> events(const std::string& account,
                                                                  const std::string& region,
                                                                  const std::string& group) const override;

 private:
  const std::filesystem::path directory_;
};

}  // namespace millrace::functions
