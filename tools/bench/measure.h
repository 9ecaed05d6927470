// One run of a scenario against one server, and the medians of several.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/instance.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {

struct LoadOptions {
  unsigned connections = 16;
  unsigned threads = 1;
  unsigned shards = 4;
  std::chrono::seconds duration{5};
  unsigned fill_mb = 200;  // what GetRecords reads
};

struct Measurement {
  double seconds = 0;
  double requests_per_s = 0;
  double records_per_s = 0;
  double mb_per_s = 0;  // 10^6 bytes of record data, decoded
  double records_per_request = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double p999_ms = 0;
  std::optional<double> server_cpu_s;       // in the counted time
  std::optional<double> cpu_s_per_million;  // of the server, for 10^6 records
  std::optional<double> peak_memory_mb;     // of the server, from the start of the load on
  double client_cpu_s = 0;
  std::uint64_t errors = 0;
  std::string first_error;
};

// Creates a stream, fills it if `fill` and the scenario reads, loads it for a second uncounted and for the
// duration counted, and deletes it. Throws std::runtime_error if anything but the load itself fails.
Measurement measure(const Scenario& scenario, const Instance& instance, const LoadOptions& options,
                    bool fill);

// The median of each figure by itself; the errors add up.
Measurement median(const std::vector<Measurement>& runs);
double median(std::vector<double> values);

}  // namespace millrace::bench
