// What verified signatures and permissions cost: the rates of puts with --auth enforce and without.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// Measures PutRecord, and PutRecords of 500 records, on servers with --auth off and --auth enforce in turns,
// `--repeat` times each, and reports the ratio of the medians. Throws std::runtime_error if a server cannot
// be started.
Section enforcement_section(const Options& options);

}  // namespace millrace::bench
