// The subcommands that look at a server from outside.
#pragma once

#include "server/command_line.h"

namespace millrace {

// 0 when the server at `listen` answers that it is ready, else 1 and the reason on standard error.
[[nodiscard]] int check_health(const Config& config);

// Prints what is kept of a function's output; if asked, goes on with what it writes from then on, until the
// process ends. 1 when there is nothing.
[[nodiscard]] int print_function_log(const CommandLine& line);

}  // namespace millrace
