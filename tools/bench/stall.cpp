#include "tools/bench/stall.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "tools/bench/control.h"
#include "tools/bench/instance.h"
#include "tools/bench/load.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/process.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr double kShareOfLargest = 0.7;
constexpr auto kLargestRateTime = 5s;
constexpr double kDiskReserveMb = 4000;
constexpr auto kLastAnswerDeadline = 60s;
constexpr auto kTick = 500ms;
// What the server's clock goes on in a tick besides: the 24 hours of retention pass in 48 s, so that
// trimming, cleaning and compaction go on as they would after a day, on a disk that holds no day.
constexpr auto kClockStep = 15min;

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

double free_mb(const std::filesystem::path& directory) {
  return static_cast<double>(std::filesystem::space(directory).available) / 1e6;
}

// A stream of its own for each load.
LoadPlan new_plan(const Instance& instance, const Options& options) {
  const std::string stream = new_stream_name();
  Control(instance.endpoint(), instance.host()).create_stream(stream, options.load.shards);
  LoadPlan plan = plan_of(scenario_named("put_records_500"), instance, options.load);
  plan.requests = put_requests(plan.scenario, instance.host(), stream);
  return plan;
}

}  // namespace

Section stall_section(const Options& options) {
  const std::string durability = options.durability.empty() ? "fsync" : options.durability;
  Instance instance = Instance::millrace(options.fresh(durability, {"--test-clock"}));
  Control control(instance.endpoint(), instance.host());
  const Measurement largest = run_load(new_plan(instance, options), instance, kLargestRateTime);

  LoadPlan plan = new_plan(instance, options);
  const double rate = kShareOfLargest * largest.requests_per_s;
  plan.requests_per_s = rate;
  fmt::print(stderr, "stall: {:.0f} requests/s at most; {:.0f} for {} minutes\n", largest.requests_per_s,
             rate, options.stall_minutes);
  Load load(std::move(plan));
  pause_for(1s);
  load.begin();
  const double cpu = cpu_seconds(*instance.pid()).value_or(0);
  const auto start = steady_clock::now();
  const auto until = start + std::chrono::duration<double, std::ratio<60>>(options.stall_minutes);
  bool full = false;
  double memory = 0, largest_disk = 0;
  const double written = control.metric("millrace_disk_written_bytes");
  const double appended = control.metric("millrace_appended_bytes_total");
  while (steady_clock::now() < until && !full) {
    pause_for(kTick);
    control.advance_clock(kClockStep);
    largest_disk = std::max(largest_disk, disk_mb(instance.data()));
    memory = std::max(memory, memory_mb(*instance.pid()).value_or(0));
    full = free_mb(options.directory) < kDiskReserveMb;
  }
  load.end();
  const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  const double cores = (cpu_seconds(*instance.pid()).value_or(0) - cpu) / seconds;
  const LoadCounts counts = load.join(kLastAnswerDeadline);
  const double amplification = (control.metric("millrace_disk_written_bytes") - written) /
                               (control.metric("millrace_appended_bytes_total") - appended);
  const double done = static_cast<double>(counts.requests) / seconds;

  Section section{.name = "stall", .errors = counts.errors + largest.errors};
  Table table{
      .title = "Stalls under a steady load",
      .notes = {fmt::format("{}.", machine_line(options.directory)),
                fmt::format(
                    "PutRecords 500 x 1 KiB, durability {}, {} connections, {:.0f} requests/s: {:.0f} % of "
                    "the {:.0f} that a closed loop reached before; {:.1f} minutes. Latency is from when a "
                    "request was due, also where its connection was still waiting. The server's clock ran "
                    "fast: a day, the retention, in 48 s.",
                    durability, options.load.connections, rate, kShareOfLargest * 100, largest.requests_per_s,
                    seconds / 60)},
      .header = {"figure", ""},
      .rows = {{"requests/s answered", number(done)},
               {"longest time without any answer, ms", number(in_ms(counts.longest_gap))},
               {"requests over 1 s", std::to_string(counts.over_a_second)},
               {"p50 ms", number(in_ms(counts.latency.quantile(0.5)))},
               {"p99 ms", number(in_ms(counts.latency.quantile(0.99)))},
               {"p99.9 ms", number(in_ms(counts.latency.quantile(0.999)))},
               {"longest ms", number(in_ms(counts.latency.quantile(1)))},
               {"server CPU, cores", number(cores)},
               {"server RSS at most, MB", number(memory)},
               {"on disk at most, MB", number(largest_disk)},
               {"written to disk / appended", number(amplification)},
               {"errors", std::to_string(counts.errors)}}};
  if (full) table.notes.push_back("Ended early: the disk was nearly full.");
  if (!counts.first_error.empty()) table.notes.push_back("- first error: " + counts.first_error);
  section.json = {{"durability", durability},
                  {"largest_requests_per_s", largest.requests_per_s},
                  {"asked_requests_per_s", rate},
                  {"requests_per_s", done},
                  {"seconds", seconds},
                  {"longest_gap_ms", in_ms(counts.longest_gap)},
                  {"over_a_second", counts.over_a_second},
                  {"p50_ms", in_ms(counts.latency.quantile(0.5))},
                  {"p99_ms", in_ms(counts.latency.quantile(0.99))},
                  {"p999_ms", in_ms(counts.latency.quantile(0.999))},
                  {"longest_ms", in_ms(counts.latency.quantile(1))},
                  {"server_cores", cores},
                  {"server_memory_mb", memory},
                  {"disk_mb", largest_disk},
                  {"write_amplification", amplification},
                  {"disk_was_full", full},
                  {"errors", counts.errors}};
  section.tables.push_back(std::move(table));
  instance.stop();
  return section;
}

}  // namespace millrace::bench
