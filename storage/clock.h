// The wall clock as the server sees it; tests move it.
#pragma once

#include <chrono>

namespace millrace {

// Milliseconds since the Unix epoch, the resolution of every time that clients see.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// Safe from any thread. May jump back, as the machine's clock may; who needs order keeps its own maximum.
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
