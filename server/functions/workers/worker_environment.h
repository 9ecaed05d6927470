// How a function's process is started: its command line and its environment, the whole of it.
#pragma once

#include "server/functions/runner.h"
#include "server/functions/workers/interpreters.h"
#include "server/functions/workers/worker_process.h"

namespace millrace::functions {

// A directory of the server, and the path under which the function sees it.
struct MappedDirectory {
  std::filesystem::path here, seen;
};

struct WorkerPlace {
  MappedDirectory code, layers, runtime, scratch;  // `layers` is empty when there are none
  std::uint16_t api_port = 0;
  std::string log_stream;
};

// `interpreter`: of a managed runtime. The sandbox and the control groups are the caller's to add.
[[nodiscard]] boost::system::result<Command, NoCommand> command_of(const lambda::FunctionSpec& function,
                                                                   const RunnerOptions& options,
                                                                   const Interpreter& interpreter,
                                                                   const WorkerPlace& place);

// Whether the runtime needs an interpreter of the machine.
[[nodiscard]] bool is_managed(const std::string& runtime);

// The environment entry that no other worker has.
[[nodiscard]] std::string mark_of(std::uint16_t api_port);

// "2026/01/31/[$LATEST]<32 hex digits>"
[[nodiscard]] std::string new_log_stream(Time now, const std::string& version);

}  // namespace millrace::functions
