// Single runs against a fresh server.
#pragma once

#include "tools/bench/instance.h"
#include "tools/bench/measure.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {

// A fresh Millrace for one scenario; it must end in order.
Measurement run_millrace(const Scenario& scenario, const MillraceOptions& millrace, const LoadOptions& load);

// The server of canned answers; for GetRecords, of `answer_records` records.
Measurement run_floor(const Scenario& scenario, const std::filesystem::path& directory,
                      const LoadOptions& load, double answer_records);

// A line on stderr for each run, and a second one where the reader must know more.
void say(const std::string& scenario, const std::string& target, const Measurement& measurement);

}  // namespace millrace::bench
