#include "tools/bench/run.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace millrace::bench {

Measurement run_millrace(const Scenario& scenario, const MillraceOptions& millrace, const LoadOptions& load) {
  Instance instance = Instance::millrace(millrace);
  Measurement m = measure(scenario, instance, load, true);
  instance.stop();
  return m;
}

Measurement run_floor(const Scenario& scenario, const std::filesystem::path& directory,
                      const LoadOptions& load, double answer_records) {
  FloorOptions floor;
  floor.scenario = scenario.name;
  floor.answer_records = static_cast<std::uint32_t>(std::lround(answer_records));
  floor.threads = load.threads;
  floor.shards = load.shards;
  Instance instance = Instance::floor(floor, directory);
  Measurement m = measure(scenario, instance, load, false);
  instance.stop();
  return m;
}

void say(const std::string& scenario, const std::string& target, const Measurement& m) {
  fmt::print(stderr, "{} {}: {:.0f} records/s, p50 {:.2f} ms\n", scenario, target, m.records_per_s, m.p50_ms);
  if (m.errors > 0) fmt::print(stderr, "  {} errors; the first: {}\n", m.errors, m.first_error);
  if (m.client_cpu_s > 0.95 * m.seconds) {
    fmt::print(stderr, "  the client used {:.1f} s of CPU in {:.1f} s: it may be what limits\n",
               m.client_cpu_s, m.seconds);
  }
}

}  // namespace millrace::bench
