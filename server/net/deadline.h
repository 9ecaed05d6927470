// How long a transfer may go on: silence ends it, and so does a peer that is too slow on average. Where
// others wait for the memory that it holds, it may be less slow.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace millrace::net {

// A peer that is slower than this on average only holds memory.
inline constexpr std::uint64_t kMinBytesPerSecond = 16 << 10;
// While others wait for memory, over each kSlowWindow.
inline constexpr std::uint64_t kMinBytesPerSecondUnderPressure = 64 << 10;
inline constexpr std::chrono::seconds kSlowWindow{4};
// How long a peer may be silent while the server stops.
inline constexpr std::chrono::seconds kHurry{3};

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(std::chrono::seconds idle_timeout) : idle_timeout_(idle_timeout) { begin(); }

  // A transfer begins: of a head, a body or an answer.
  void begin() {
    began_ = Clock::now();
    moved_ = 0;
    at_ = began_ + idle_timeout_;
    slow_ = false;
    window_began_ = began_;
    window_moved_ = 0;
  }
  void moved(std::size_t bytes) {
    moved_ += bytes;
    const auto slowest = began_ + idle_timeout_ + std::chrono::seconds(moved_ / kMinBytesPerSecond);
    at_ = std::min(Clock::now() + idle_timeout_, slowest);
  }
  // Nothing is to be moved until `begin`, `go_on` or `resume`.
  void pause() {
    paused_ = Clock::now();
    at_ = Clock::time_point::max();
    slow_ = false;
  }
  // A transfer goes on that was paused while it waited for memory: what it moved before does not count.
  void go_on() {
    at_ = Clock::now() + idle_timeout_;
    window_began_ = Clock::now();
    window_moved_ = moved_;
  }
  // A transfer goes on that was paused while the server took a piece: the pause does not count.
  void resume() {
    const auto now = Clock::now();
    began_ += now - paused_;
    window_began_ += now - paused_;
    at_ = now + idle_timeout_;
  }
  // From now on silence ends a transfer after kHurry: the server stops.
  void hurry() {
    idle_timeout_ = std::min(idle_timeout_, kHurry);
    if (at_ != Clock::time_point::max()) within(kHurry);
  }
  // What goes on ends within `time`.
  void within(Clock::duration time) { at_ = std::min(at_, Clock::now() + time); }

  [[nodiscard]] bool passed(Clock::time_point now) const { return now >= at_; }
  // Whether too little was moved in the last window to hold memory that others wait for. Called about once a
  // second.
  [[nodiscard]] bool slow(Clock::time_point now) {
    if (at_ == Clock::time_point::max()) return false;
    if (now - window_began_ < kSlowWindow) return slow_;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - window_began_).count();
    slow_ = moved_ - window_moved_ < static_cast<std::uint64_t>(seconds) * kMinBytesPerSecondUnderPressure;
    window_began_ = now;
    window_moved_ = moved_;
    return slow_;
  }

 private:
  std::chrono::seconds idle_timeout_;
  Clock::time_point began_, at_, paused_;
  std::uint64_t moved_ = 0;  // bytes of the transfer
  bool slow_ = false;
  Clock::time_point window_began_;
  std::uint64_t window_moved_ = 0;  // of `moved_`, before the window
};

}  // namespace millrace::net
