// How many shards an on-demand stream is to have. AWS's rule: room for twice the greatest throughput of the
// last 30 days (Kinesis Developer Guide, "On-demand mode").
#pragma once

#include <mutex>
#include <unordered_map>

#include "api/kinesis/model.h"

namespace millrace::kinesis {

inline constexpr std::chrono::seconds kTrafficWindow{60};  // over which a throughput is measured
inline constexpr std::int64_t kPeakDays = 30;
inline constexpr double kShardBytesPerSecond = 1 << 20, kShardRecordsPerSecond = 1000;

// The stream's peaks with one more measurement, and without those that are too old.
[[nodiscard]] std::vector<Peak> with_traffic(std::vector<Peak> peaks, double bytes_per_s,
                                             double records_per_s, Time now);
// The shards that `peaks` and the warm throughput ask for; 1 when there was no traffic.
[[nodiscard]] std::uint32_t shards_for(const std::vector<Peak>& peaks, std::optional<int> warm_mibps);

// What streams took since they were last asked about. Safe from any thread.
class TrafficMeter {
 public:
  struct Counts {
    std::uint64_t bytes = 0, records = 0;
  };
  // Whether a window has passed since the last time that this was true.
  [[nodiscard]] bool window_passed(Time now);
  // How much the counters of a stream have grown.
  [[nodiscard]] Counts grown(std::uint64_t stream, Counts now);

  void forget(std::uint64_t stream);

 private:
  std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<Time> began_;
  std::unordered_map<std::uint64_t, Counts> seen_;
};

}  // namespace millrace::kinesis
