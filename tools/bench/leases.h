// What the leases of the Kinesis Client Library cost a server, and how long a renewal takes under load.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// Fills a lease table with `--lease-count` leases, and renews each of them every 3 seconds, in an open loop:
// first alone, then while PutRecords runs at half of the rate that a closed loop reached before. Reports the
// renewals' latency and the server's CPU time. Throws std::runtime_error if the server cannot be started or
// the table not be filled.
Section leases_section(const Options& options);

}  // namespace millrace::bench
