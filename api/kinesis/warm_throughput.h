// What UpdateStreamWarmThroughput, UpdateStreamMode and CreateStream ask before they warm a stream, and the
// commitment that an account makes for it.
#pragma once

#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

inline constexpr int kMaxWarmMiBps = 10240;
inline constexpr std::chrono::hours kCommitmentWindow{24};  // the least that a commitment lasts

struct CommitmentDescription {
  std::string status;
  std::optional<Time> started, ended, earliest_end;
};
inline constexpr auto kCommitmentDescription = shape<CommitmentDescription>(
    field("Status", &CommitmentDescription::status), field("StartedAt", &CommitmentDescription::started),
    field("EndedAt", &CommitmentDescription::ended),
    field("EarliestAllowedEndAt", &CommitmentDescription::earliest_end));

// A commitment that was ended too early holds until its window is over.
[[nodiscard]] inline CommitmentDescription describe(const Commitment& c, Time now) {
  if (!c.started) return {"DISABLED", {}, {}, {}};
  const Time earliest = *c.started + kCommitmentWindow;
  if (!c.ended) return {"ENABLED", c.started, {}, earliest};
  if (now < *c.ended) return {"ENABLED_UNTIL_EARLIEST_ALLOWED_END", c.started, {}, earliest};
  return {"DISABLED", c.started, c.ended, {}};
}

[[nodiscard]] inline bool committed(const Commitment& c, Time now) {
  return describe(c, now).status != "DISABLED";
}

// Throws commitment_needed, warm_throughput_too_high.
inline void check_warm_throughput(const Kinesis& k, const Caller& caller, int mibps) {
  if (!committed(k.streams.commitment(caller), k.clock.now())) throw commitment_needed();
  if (mibps > kMaxWarmMiBps) throw warm_throughput_too_high(mibps, kMaxWarmMiBps);
}

}  // namespace millrace::kinesis
