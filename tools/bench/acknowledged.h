// What of the records that a server acknowledged is still there after kill -9: puts that remember the
// sequence number of each record, and a reading of everything that compares.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "tools/bench/instance.h"

namespace millrace::bench {

// Records as shard and sequence number, hashed.
using Acknowledged = std::unordered_set<std::uint64_t>;

// Puts into `stream` over a few connections for `duration`, then kills the server under that load.
Acknowledged put_until_killed(const std::string& stream, Instance& instance,
                              std::chrono::milliseconds duration);

struct Found {
  std::uint64_t records = 0;  // of the acknowledged ones, each once
  bool complete = false;      // every shard was read to its end; else time ran out
};
// Reads every shard from TRIM_HORIZON for at most `limit`. Throws std::runtime_error if the server does not
// know the stream or answers with an error.
Found find_again(const Acknowledged& acknowledged, const std::string& stream, const Instance& instance,
                 std::chrono::milliseconds limit);

}  // namespace millrace::bench
