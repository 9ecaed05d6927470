// What the server aims at, as ratios between runs of one session: each against a floor, or against itself in
// another setting.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/bench/measure.h"

namespace millrace::bench {

struct TargetOptions {
  std::filesystem::path millrace, directory;
  LoadOptions load;
  unsigned repeat = 3;
};

struct Target {
  std::string what;
  double ratio = 0, bound = 0;
  bool at_most = false;  // the ratio is to be; otherwise at least
  [[nodiscard]] bool held() const { return at_most ? ratio <= bound : ratio >= bound; }
};

struct Targets {
  std::vector<Target> targets;  // medians
  std::uint64_t errors = 0;
};

// Runs all that is compared, one after the other, `repeat` times. Throws as measure() does.
Targets measure_targets(const TargetOptions& options);

std::string targets_report(const std::vector<Target>& targets);

}  // namespace millrace::bench
