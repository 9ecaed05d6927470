// `millrace functions deploy`: a directory becomes a function of a running server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/client/server_access.h"

namespace millrace {

struct DeploySettings : ServerAccess {
  std::string directory, name;
  // Empty: by what is in the directory. Of a function that there is already, what is absent stays.
  std::string runtime, handler;
  std::string role = "arn:aws:iam::000000000000:role/millrace";
  std::optional<int> timeout_s, memory_mb;
  std::vector<std::string> environment;  // NAME=value
  bool watch = false;
};

// Archives the directory, makes the function or updates it, and waits until it is active. 0: done. Throws
// std::runtime_error with what failed and what to do. With `watch` it goes on until the process ends, and
// failures are printed.
[[nodiscard]] int deploy(const DeploySettings& settings);

}  // namespace millrace
