// One run of a scenario against one server, and the medians of several.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/instance.h"
#include "tools/bench/load.h"
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
  std::optional<double> server_cpu_s;        // in the counted time
  std::optional<double> cpu_s_per_million;   // of the server, for 10^6 records
  std::optional<double> cpu_us_per_request;  // of the server
  std::optional<double> peak_memory_mb;      // of the server, from the start of the load on
  double client_cpu_s = 0;
  std::uint64_t errors = 0;
  std::string first_error;
};

LoadPlan plan_of(const Scenario& scenario, const Instance& instance, const LoadOptions& options);

// Runs `plan` for a second uncounted and for `duration` counted.
Measurement run_load(LoadPlan plan, const Instance& instance, std::chrono::milliseconds duration);

// Writes `megabytes` of `requests` (of put_records_500), each connection its own. Throws std::runtime_error
// if any record is refused.
void fill(std::vector<std::string> requests, std::uint64_t megabytes, const Instance& instance);

// Creates a stream, fills it if `with_fill` and the scenario reads, loads it for a second uncounted and for
// the duration counted, and deletes it. Throws std::runtime_error if anything but the load itself fails.
Measurement measure(const Scenario& scenario, const Instance& instance, const LoadOptions& options,
                    bool with_fill);

// Writes until there are `records` more, or for `duration`; a server that takes longer to answer counts an
// error.
LoadCounts fill_for(std::vector<std::string> requests, std::uint64_t records,
                    std::chrono::milliseconds duration, const Instance& instance);

// A name that no stream had before.
std::string new_stream_name();

// The median of each figure by itself; the errors add up.
Measurement median(const std::vector<Measurement>& runs);
double median(std::vector<double> values);

}  // namespace millrace::bench
