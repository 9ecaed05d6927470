// How a function's process is started: its command line and its environment, the whole of it.
#pragma once

#include "server/functions/runner.h"
#include "server/functions/worker_process.h"

namespace millrace::functions {

struct WorkerPlace {
  std::filesystem::path code, bootstraps, scratch;
  std::uint16_t api_port = 0;
  std::string log_stream;
};

// Why there is no command. `entrypoint`: the function's own code lacks it, which is the function's error.
struct NoCommand {
  std::string reason;
  bool entrypoint = false;
};

[[nodiscard]] boost::system::result<Command, NoCommand> command_of(const lambda::FunctionSpec& function,
                                                                   const RunnerOptions& options,
                                                                   const WorkerPlace& place);

// The environment entry that no other worker has.
[[nodiscard]] std::string mark_of(std::uint16_t api_port);

// "2026/01/31/[$LATEST]<32 hex digits>"
[[nodiscard]] std::string new_log_stream(Time now, const std::string& version);

// The executable that `name` means on the server's PATH; empty when there is none.
[[nodiscard]] std::string find_executable(const std::string& name);

[[noreturn]] inline void throw_exception_from_error(const NoCommand& e, const boost::source_location&) {
  throw std::logic_error("missing command not handled: " + e.reason);
}

}  // namespace millrace::functions
