// Whether costs stay what they are as shards and data grow.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// CPU of puts and gets, memory, and the time of a start after kill -9: with streams of 1 to 10,000 shards,
// and with a store that is filled to `--scale` GB. Throws std::runtime_error if the server cannot be started.
Section scale_section(const Options& options);

}  // namespace millrace::bench
