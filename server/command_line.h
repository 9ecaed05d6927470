// The command line: what to do, and with which settings.
#pragma once

#include <optional>

#include "server/client/deploy.h"
#include "server/client/leases.h"
#include "server/config.h"

namespace millrace {

enum class Command { serve, health, logs, deploy, leases, backup, restore, repair, doctor };

struct CommandLine {
  std::optional<int> exit_code;  // nothing is left to do: help was printed, or a setting was wrong
  Command command = Command::serve;
  Config config;
  std::string function, account = "000000000000";  // of `logs`
  bool follow = false;                             // of `logs`
  DeploySettings deploy;
  LeasesSettings leases;
  std::string backup;  // the directory, of `backup` and `restore`
  bool json = false;   // of `doctor`
};

// Prints help, version and complaints itself; a complaint names the setting, its value and what it may be.
[[nodiscard]] CommandLine parse_command_line(int argc, char** argv);

}  // namespace millrace
