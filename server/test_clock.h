// The machine's clock, and how far tests have moved it forward, or that they hold it (`--test-clock`,
// server/pipeline/admin.h).
#pragma once

#include <atomic>

#include "storage/clock.h"

namespace millrace {

// Without a move it is the machine's clock, at the cost of one addition. Safe from any thread.
class TestClock final : public Clock {
 public:
  // Far enough for every test, and near enough that no time and no sequence number overflows.
  static constexpr std::chrono::milliseconds kMaxOffset = std::chrono::hours(24 * 365 * 100);

  [[nodiscard]] Time now() const override {
    const std::int64_t held = held_at_ms_;
    return (held == kGoes ? machine_.now() : Time(std::chrono::milliseconds(held))) + offset();
  }
  [[nodiscard]] std::chrono::milliseconds offset() const { return std::chrono::milliseconds(offset_ms_); }

  // Moves the clock forward for everybody who reads it from now on. False, and nothing happens, when `by` is
  // negative or would lead beyond kMaxOffset.
  [[nodiscard]] bool advance(std::chrono::milliseconds by) {
    std::int64_t before = offset_ms_;
    do {
      if (by.count() < 0 || by.count() > kMaxOffset.count() - before) return false;
    } while (!offset_ms_.compare_exchange_weak(before, before + by.count()));
    return true;
  }

  // Holds the clock where it is, but for `advance`; or lets it go on, from the machine's time and the offset,
  // so that it never goes back.
  void hold(bool held) {
    std::int64_t goes = kGoes;
    if (held)
      held_at_ms_.compare_exchange_strong(goes, machine_.now().time_since_epoch().count());
    else
      held_at_ms_ = kGoes;
  }
  [[nodiscard]] bool held() const { return held_at_ms_ != kGoes; }

 private:
  static constexpr std::int64_t kGoes = -1;

  SystemClock machine_;
  std::atomic<std::int64_t> offset_ms_ = 0;
  std::atomic<std::int64_t> held_at_ms_ = kGoes;  // the machine's time then
};

}  // namespace millrace
