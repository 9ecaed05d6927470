#include <cstdio>
#include <exception>

#include "server/app.h"
#include "server/backup/backup.h"
#include "server/client_commands.h"
#include "server/command_line.h"

#ifndef MILLRACE_SANITIZED
// jemalloc's settings. Bodies and answers of some megabytes come and go all the time: what a large one leaves
// is used again like any other, and goes back to the kernel once there is no use for it.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "oversize_threshold:0,background_thread:true";
}
#endif

int main(int argc, char** argv) {
  const millrace::CommandLine line = millrace::parse_command_line(argc, argv);
  if (line.exit_code) return *line.exit_code;
  try {
    switch (line.command) {
      case millrace::Command::health:
        return millrace::check_health(line.config);
      case millrace::Command::logs:
        return millrace::print_function_log(line);
      case millrace::Command::deploy:
        return millrace::deploy(line.deploy);
      case millrace::Command::backup:
        return millrace::order_backup(line.config.data_dir, line.backup);
      case millrace::Command::restore:
        return millrace::restore_backup(line.backup, line.config.data_dir);
      case millrace::Command::serve:
        return millrace::App(line.config).run();
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "millrace: %s\n", e.what());
    return 1;
  }
}
