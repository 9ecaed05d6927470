// How long a transfer may go on: silence ends it, and so does a peer that is too slow on average.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace millrace::net {

// A peer that is slower than this on average only holds memory.
inline constexpr std::uint64_t kMinBytesPerSecond = 16 << 10;

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(std::chrono::seconds idle_timeout) : idle_timeout_(idle_timeout) { begin(); }

  // A transfer begins: of a head, a body or an answer.
  void begin() {
    began_ = Clock::now();
    moved_ = 0;
    at_ = began_ + idle_timeout_;
  }
  void moved(std::size_t bytes) {
    moved_ += bytes;
    const auto slowest = began_ + idle_timeout_ + std::chrono::seconds(moved_ / kMinBytesPerSecond);
    at_ = std::min(Clock::now() + idle_timeout_, slowest);
  }
  // Nothing is to be moved until `begin`.
  void pause() { at_ = Clock::time_point::max(); }
  // What goes on ends within `time`.
  void within(Clock::duration time) { at_ = std::min(at_, Clock::now() + time); }

  [[nodiscard]] bool passed(Clock::time_point now) const { return now >= at_; }

 private:
  const std::chrono::seconds idle_timeout_;
  Clock::time_point began_, at_;
  std::uint64_t moved_ = 0;  // bytes of the transfer
};

}  // namespace millrace::net
