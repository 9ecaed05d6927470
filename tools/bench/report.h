// The scenarios' results as a table to read, a table for BENCHMARKS.md, and JSON with every single run.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/measure.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// The runs of a scenario in the order they were made; the floor's are as many, or none.
struct Result {
  std::string scenario;
  std::vector<Measurement> server;
  std::vector<Measurement> floor;
};

// What the figures depend on, for the reader.
struct Conditions {
  std::string machine;
  std::string durability;
  LoadOptions load;
  unsigned repeat;
};

enum class Layout { kText, kMarkdown };

Section report(const std::vector<Result>& results, const Conditions& conditions, Layout layout);

}  // namespace millrace::bench
