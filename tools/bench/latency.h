// How long after it is put a record is seen by a reader at the end of its shard.
#pragma once

#include "tools/bench/options.h"
#include "tools/bench/table.h"

namespace millrace::bench {

// One producer of PutRecord at a modest rate and one reader, by GetRecords in a loop and by SubscribeToShard,
// in the durabilities fsync and os. Throws std::runtime_error if a server cannot be started.
Section latency_section(const Options& options);

}  // namespace millrace::bench
