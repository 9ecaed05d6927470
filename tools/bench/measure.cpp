#include "tools/bench/measure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "tools/bench/control.h"
#include "tools/bench/load.h"
#include "tools/bench/process.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kWarmUp = 1s;
constexpr auto kLastAnswerDeadline = 30s;
constexpr auto kFillDeadline = 600s;
constexpr unsigned kFillConnections = 4;

// Pairs what the server and this process have used so far.
struct Usage {
  std::optional<double> server;
  double client;
  steady_clock::time_point time;

  static Usage now(const Instance& instance) {
    return {instance.pid() ? cpu_seconds(*instance.pid()) : std::nullopt, own_cpu_seconds(),
            steady_clock::now()};
  }
};

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

Measurement figures(const LoadCounts& counts, const Usage& before, const Usage& after) {
  const auto requests = static_cast<double>(counts.requests);
  const auto records = static_cast<double>(counts.records);
  Measurement m;
  m.seconds = std::chrono::duration<double>(after.time - before.time).count();
  m.requests_per_s = requests / m.seconds;
  m.records_per_s = records / m.seconds;
  m.mb_per_s = m.records_per_s * kRecordBytes / 1e6;
  m.records_per_request = requests > 0 ? records / requests : 0;
  m.p50_ms = in_ms(counts.latency.quantile(0.5));
  m.p99_ms = in_ms(counts.latency.quantile(0.99));
  m.p999_ms = in_ms(counts.latency.quantile(0.999));
  if (before.server && after.server) m.server_cpu_s = *after.server - *before.server;
  if (m.server_cpu_s && records > 0) m.cpu_s_per_million = *m.server_cpu_s / records * 1e6;
  if (m.server_cpu_s && requests > 0) m.cpu_us_per_request = *m.server_cpu_s / requests * 1e6;
  m.client_cpu_s = after.client - before.client;
  m.errors = counts.errors;
  m.first_error = counts.first_error;
  if (counts.requests == 0 && counts.errors == 0) {
    m.errors = 1;
    m.first_error = "no request was answered in the counted time";
  }
  return m;
}

}  // namespace

LoadPlan plan_of(const Scenario& scenario, const Instance& instance, const LoadOptions& options) {
  LoadPlan plan;
  plan.scenario = scenario;
  plan.endpoint = instance.endpoint();
  plan.host = instance.host();
  plan.connections = options.connections;
  plan.threads = options.threads;
  return plan;
}

Measurement run_load(LoadPlan plan, const Instance& instance, std::chrono::milliseconds duration) {
  if (instance.pid()) reset_peak_memory(*instance.pid());
  Load load(std::move(plan));
  pause_for(kWarmUp);
  load.begin();
  const Usage before = Usage::now(instance);
  pause_for(duration);
  load.end();
  const Usage after = Usage::now(instance);
  Measurement m = figures(load.join(kLastAnswerDeadline), before, after);
  if (instance.pid()) m.peak_memory_mb = peak_memory_mb(*instance.pid());
  return m;
}

void fill(std::vector<std::string> requests, std::uint64_t megabytes, const Instance& instance) {
  const Scenario& put = scenario_named("put_records_500");
  LoadPlan plan = plan_of(put, instance, {.connections = kFillConnections});
  plan.requests = std::move(requests);
  plan.requests_to_send = megabytes * 1'000'000 / (put.records * kRecordBytes) + 1;
  const LoadCounts counts = Load(std::move(plan)).join(kFillDeadline);
  if (counts.errors > 0) throw std::runtime_error("filling the stream: " + counts.first_error);
}

LoadCounts fill_for(std::vector<std::string> requests, std::uint64_t records,
                    std::chrono::milliseconds duration, const Instance& instance) {
  const Scenario& put = scenario_named("put_records_500");
  LoadPlan plan = plan_of(put, instance, {.connections = kFillConnections});
  plan.requests = std::move(requests);
  plan.requests_to_send = static_cast<std::int64_t>(records / put.records);
  const auto until = steady_clock::now() + duration;
  Load load(std::move(plan));
  load.begin();
  while (!load.finished() && steady_clock::now() < until) pause_for(20ms);
  load.end();
  return load.join(kLastAnswerDeadline);
}

std::string new_stream_name() {
  return fmt::format("bench-{}-{}", getpid(), steady_clock::now().time_since_epoch().count());
}

Measurement measure(const Scenario& scenario, const Instance& instance, const LoadOptions& options,
                    bool with_fill) {
  Control control(instance.endpoint(), instance.host());
  const std::string stream = new_stream_name();
  control.create_stream(stream, options.shards);
  LoadPlan plan = plan_of(scenario, instance, options);
  if (scenario.operation == Operation::kGetRecords) {
    const Scenario& put = scenario_named("put_records_500");
    if (with_fill) fill(put_requests(put, instance.host(), stream), options.fill_mb, instance);
    plan.iterators = control.first_iterators(stream);
  } else {
    plan.requests = put_requests(scenario, instance.host(), stream);
  }
  Measurement m = run_load(std::move(plan), instance, options.duration);
  control.delete_stream(stream);
  return m;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Measurement median(const std::vector<Measurement>& runs) {
  const auto of = [&runs](double Measurement::*figure) {
    std::vector<double> values;
    for (const Measurement& run : runs) values.push_back(run.*figure);
    return median(std::move(values));
  };
  const auto of_known = [&runs](std::optional<double> Measurement::*figure) -> std::optional<double> {
    std::vector<double> values;
    for (const Measurement& run : runs) {
      if (run.*figure) values.push_back(*(run.*figure));
    }
    if (values.empty()) return std::nullopt;
    return median(std::move(values));
  };
  Measurement m;
  for (auto figure : {&Measurement::seconds, &Measurement::requests_per_s, &Measurement::records_per_s,
                      &Measurement::mb_per_s, &Measurement::records_per_request, &Measurement::p50_ms,
                      &Measurement::p99_ms, &Measurement::p999_ms, &Measurement::client_cpu_s}) {
    m.*figure = of(figure);
  }
  for (auto figure : {&Measurement::server_cpu_s, &Measurement::cpu_s_per_million,
                      &Measurement::cpu_us_per_request, &Measurement::peak_memory_mb}) {
    m.*figure = of_known(figure);
  }
  for (const Measurement& run : runs) {
    m.errors += run.errors;
    if (m.first_error.empty()) m.first_error = run.first_error;
  }
  return m;
}

}  // namespace millrace::bench
