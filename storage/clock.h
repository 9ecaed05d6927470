// The wall clock of the server. Tests can set it.
#pragma once

#include <chrono>

namespace millrace {

// Milliseconds since the Unix epoch: the resolution of all times in the API.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// Can be called from any thread. Time can go backward, as on any machine.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace millrace
