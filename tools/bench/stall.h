// How long a server under a steady load leaves everybody waiting.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// Measures the largest rate of PutRecords 500, then runs at 70 % of it for `--stall` minutes, and reports the
// largest gap between two answers on whatever connection and the requests that took over a second. Ends early
// when the disk is nearly full. Throws std::runtime_error if the server cannot be started.
Section stall_section(const Options& options);

}  // namespace millrace::bench
