// Readers meet a damaged part of the log block by block, or record by record; an operator wants one line for
// all of it.
#pragma once

#include <chrono>
#include <vector>

#include "storage/losses.h"

namespace millrace {

// Puts losses together that follow one another. Not safe from several threads.
class LossRuns {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  void add(const storage::Loss& loss, Instant now);
  // Removes the runs that nothing was added to for kQuiet, or that wait for kLongest, and returns them.
  [[nodiscard]] std::vector<storage::Loss> take_due(Instant now);
  // When `take_due` will return something; Instant::max(): nothing waits.
  [[nodiscard]] Instant due() const;

  // A consumer that polls once a second goes on in time.
  static constexpr std::chrono::milliseconds kQuiet{1500}, kLongest{15'000};
  // Beyond as many, the oldest is due at once.
  static constexpr std::size_t kMost = 1000;

 private:
  struct Run {
    storage::Loss loss;
    Instant began, grew;
  };
  [[nodiscard]] static Instant due(const Run& run);

  std::vector<Run> runs_;
};

}  // namespace millrace
