// What running functions costs: a warm invocation, a cold start, a stream's records through a mapping.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// A function that does nothing, in Python and in JavaScript, on a fresh server each. Throws
// std::runtime_error if a server cannot be started; what an interpreter cannot do is a note and an error.
Section functions_section(const Options& options);

}  // namespace millrace::bench
