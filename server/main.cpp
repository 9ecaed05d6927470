#include <malloc.h>

#include <cstdio>
#include <exception>

#include "server/app.h"
#include "server/client_commands.h"
#include "server/command_line.h"

int main(int argc, char** argv) {
  // Bodies of some hundred KiB come and go all the time; giving each back to the kernel would cost more in
  // page faults than handling it.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);

  const millrace::CommandLine line = millrace::parse_command_line(argc, argv);
  if (line.exit_code) return *line.exit_code;
  try {
    switch (line.command) {
      case millrace::Command::health:
        return millrace::check_health(line.config);
      case millrace::Command::logs:
        return millrace::print_function_log(line);
      case millrace::Command::serve:
        return millrace::App(line.config).run();
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "millrace: %s\n", e.what());
    return 1;
  }
}
