// The targets of speed: ratios of Millrace to what the machine can do in the same run, or to itself.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// Runs both sides of every ratio in turn, `--repeat` times; the medians are held against the targets. A
// missed target is a row of the table, not an error. Throws std::runtime_error if a server cannot be started.
Section targets_section(const Options& options);

}  // namespace millrace::bench
