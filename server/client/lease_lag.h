// How far a checkpoint is behind the end of its shard, as the API of Kinesis can tell.
#pragma once

#include "server/client/json_service.h"
#include "server/client/lease_report.h"
#include "server/client/lease_rows.h"

namespace millrace {

// Reads the record of the checkpoint: MillisBehindLatest is then the age of the record after it, by the
// server's clock. If that record is gone (its retention has expired) or the checkpoint is TRIM_HORIZON, the
// first record that is left waits, and MillisBehindLatest is less than its age. `stream` is empty if it is
// unknown. Does not throw what the server answers: the lag is `unknown` then, with the reason.
[[nodiscard]] Lag lag_of(const Lease& lease, const std::string& stream, JsonService& kinesis);

// From an answer of GetRecords with Limit 1 that began at the checkpoint.
[[nodiscard]] Lag lag_of(const nlohmann::json& answer, const std::string& checkpoint);

}  // namespace millrace
