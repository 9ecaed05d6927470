#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "server/app.h"
#include "server/backup/backup.h"
#include "server/client/client_commands.h"
#include "server/command_line.h"
#include "server/doctor/doctor.h"
#include "server/doctor/repair.h"

#ifndef MILLRACE_SANITIZED
// jemalloc's settings. Bodies and answers of some megabytes come and go all the time: what a large one leaves
// is used again like any other, and goes back to the kernel soon after there is no use for it: what the
// threads' arenas keep meanwhile is in no budget.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "oversize_threshold:0,background_thread:true,dirty_decay_ms:200";
}
#endif

int main(int argc, char** argv) {
  const millrace::CommandLine line = millrace::parse_command_line(argc, argv);
  if (line.exit_code) return *line.exit_code;
  ::umask(077);                   // records, objects and keys are nobody else's
  std::signal(SIGXFSZ, SIG_IGN);  // then a file that may not grow is a write error like any other
  try {
    switch (line.command) {
      case millrace::Command::health:
        return millrace::check_health(line.config);
      case millrace::Command::logs:
        return millrace::print_function_log(line);
      case millrace::Command::deploy:
        return millrace::deploy(line.deploy);
      case millrace::Command::leases:
        return millrace::show_leases(line.leases);
      case millrace::Command::backup:
        return millrace::order_backup(line.config.data_dir, line.backup);
      case millrace::Command::doctor:
        return millrace::ask_doctor(line.config.data_dir, line.json);
      case millrace::Command::restore:
        return millrace::restore_backup(line.backup, line.config.data_dir);
      case millrace::Command::repair:
        return millrace::repair_data(line.config.data_dir);
      case millrace::Command::serve:
        return millrace::App(line.config).run();
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "millrace: %s\n", e.what());
    return 1;
  }
}
