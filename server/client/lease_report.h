// A look at the leases of an application, as text and as JSON.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/client/lease_rows.h"

namespace millrace {

// How far a checkpoint is behind the end of its shard.
struct Lag {
  enum class State {
    at_end,     // every record is processed
    behind,     // records wait
    finished,   // SHARD_END: the shard is closed and processed to its end
    not_begun,  // LATEST or AT_TIMESTAMP: the worker begins there, and nothing is processed yet
    unknown,
  };
  State state = State::unknown;
  // Of `behind`: the age of the oldest record that waits. With `at_least`, that record is
  // older; a `time` of 0 then means that no record is behind it.
  std::chrono::milliseconds time{0};
  bool at_least = false;
  std::string reason;  // of `unknown`
};

struct LeaseLook {
  std::string application;
  std::string stream;  // of leases that do not name theirs; empty: unknown
  std::chrono::system_clock::time_point at;
  struct Row {
    Lease lease;
    Lag lag;
    std::optional<Silence> silence;
  };
  std::vector<Row> rows;
};

// A table with one row for each lease, and below it the reasons of lags that are unknown. Characters of
// the lease table other than printable ASCII are replaced. `watched`: with the column of silences.
[[nodiscard]] std::string text_of(const LeaseLook& look, bool watched);
// {"application", "stream", "at_ms", "leases": [{"stream", "shard", "owner", "checkpoint",
//  "sub_sequence_number", "counter", "owner_switches", "parents", "behind": {"state", "ms", "at_least",
//  "reason"}, "silent": {"ms", "at_least"}}]}; what is unknown is null.
[[nodiscard]] nlohmann::ordered_json json_of(const LeaseLook& look);

// In the two largest units: "850 ms", "12 s", "3 min 5 s", "2 h 10 min", "4 d 1 h".
[[nodiscard]] std::string text_of(std::chrono::milliseconds time);

}  // namespace millrace
