// The server: builds every part in order, owns it, and takes it down in the reverse order.
#pragma once

#include <memory>

#include "server/config.h"

namespace millrace {

class App {
 public:
  // Throws std::runtime_error, naming the setting and the remedy, when it cannot start.
  explicit App(const Config& config);
  ~App();

  // Serves until SIGTERM or SIGINT, then lets what is in flight finish. Returns the process's exit code.
  int run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace
