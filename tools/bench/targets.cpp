#include "tools/bench/targets.h"

#include <fmt/format.h>

#include <cmath>

#include "tools/bench/disk.h"
#include "tools/bench/stages.h"

namespace millrace::bench {
namespace {

// One round of everything: for each target its ratio.
class Round {
 public:
  explicit Round(const TargetOptions& options) : options_(options) {}

  std::vector<Target> run() {
    put_cpu();
    threads();
    durability();
    small_puts();
    latency();
    reads();
    return std::move(targets_);
  }
  std::uint64_t errors() const { return errors_; }

 private:
  Measurement server(const char* scenario, const char* durability, unsigned connections,
                     std::vector<std::string> more = {}) {
    LoadOptions load = options_.load;
    load.connections = connections;
    Instance instance =
        Instance::millrace(options_.millrace, durability, options_.directory, std::move(more));
    Measurement m = measure(scenario_named(scenario), instance, load, true);
    instance.stop();
    return counted(scenario, durability, connections, m);
  }
  Measurement floor(const char* scenario, unsigned connections, double answer_records = 0) {
    LoadOptions load = options_.load;
    load.connections = connections;
    FloorOptions floor;
    floor.scenario = scenario;
    floor.answer_records = static_cast<std::uint32_t>(std::lround(answer_records));
    floor.threads = load.threads;
    floor.shards = load.shards;
    Instance instance = Instance::floor(floor, options_.directory);
    Measurement m = measure(scenario_named(scenario), instance, load, false);
    instance.stop();
    return counted(scenario, "canned answers", connections, m);
  }
  Measurement counted(const char* scenario, const char* what, unsigned connections, Measurement m) {
    errors_ += m.errors;
    fmt::print(stderr,
               "{} {}, {} connections: {:.0f} requests/s, p50 {:.2f} ms, {:.0f} us of CPU a request{}\n",
               scenario, what, connections, m.requests_per_s, m.p50_ms, cpu_us(m),
               m.errors > 0 ? "; errors, the first: " + m.first_error : "");
    return m;
  }
  static double cpu_us(const Measurement& m) {
    return m.server_cpu_s.value_or(0) / m.seconds / m.requests_per_s * 1e6;
  }
  void at_most(std::string what, double ratio, double bound) {
    targets_.push_back({std::move(what), ratio, bound, true});
  }
  void at_least(std::string what, double ratio, double bound) {
    targets_.push_back({std::move(what), ratio, bound, false});
  }

  void put_cpu() {
    const Stages stages = measure_stages(options_.directory);
    fmt::print(stderr, "{}", stages_report(stages));
    const double canned = cpu_us(floor("put_records_500", 16));
    for (const char* durability : {"os", "fsync"}) {
      const bool synced = durability == std::string_view("fsync");
      const double cost = cpu_us(server("put_records_500", durability, 16));
      at_most(fmt::format("CPU of PutRecords 500 x 1 KiB, {}, over canned answers and stages", durability),
              cost / (canned + stages.sum(synced)), 1.5);
    }
  }
  // The client has the cores that the server leaves, so that two threads of it cannot have two cores: what a
  // request costs must not grow instead.
  void threads() {
    const Measurement one = server("put_records_500", "os", 32, {"--threads", "1"});
    const Measurement two = server("put_records_500", "os", 32, {"--threads", "2"});
    at_least("PutRecords 500, os: requests for a second of CPU, two threads over one",
             cpu_us(one) / cpu_us(two), 0.85);
  }
  void durability() {
    const double os = server("put_records_500", "os", 32).requests_per_s;
    const double fsync = server("put_records_500", "fsync", 32).requests_per_s;
    at_least("PutRecords 500 over 32 connections: rate of fsync over os", fsync / os, 0.7);
  }
  void small_puts() {
    const double canned = floor("put_record", 256).requests_per_s;
    const double disk = 256 * measure_disk(options_.directory, FileKind::recycled, true, true, 4096).per_s;
    const double rate = server("put_record", "fsync", 256).requests_per_s;
    at_least("PutRecord over 256 connections, fsync, over the lesser of canned answers and 256 x fdatasync",
             rate / std::min(canned, disk), 0.6);
  }
  void latency() {
    const double disk = measure_disk(options_.directory, FileKind::recycled, true, true, 4096).p50_ms;
    const double canned = floor("put_record", 1).p50_ms;
    const double put = server("put_record", "fsync", 1).p50_ms;
    at_most(fmt::format("PutRecord on one connection, fsync: p50 over one fdatasync"), put / disk, 1.3);
    at_most("the same, over one fdatasync and a canned answer", put / (disk + canned), 1.3);
  }
  void reads() {
    const Measurement read = server("get_records_10000", "fsync", 16);
    const Measurement canned = floor("get_records_10000", 16, read.records_per_request);
    at_least("GetRecords of 10 MiB from TRIM_HORIZON: bytes/s over canned answers",
             read.mb_per_s / canned.mb_per_s, 0.4);
  }

  const TargetOptions& options_;
  std::vector<Target> targets_;
  std::uint64_t errors_ = 0;
};

}  // namespace

Targets measure_targets(const TargetOptions& options) {
  Targets out;
  std::vector<std::vector<double>> ratios;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Round round(options);
    out.targets = round.run();
    out.errors += round.errors();
    ratios.resize(out.targets.size());
    for (std::size_t t = 0; t < ratios.size(); ++t) ratios[t].push_back(out.targets[t].ratio);
  }
  for (std::size_t t = 0; t < ratios.size(); ++t) out.targets[t].ratio = median(ratios[t]);
  return out;
}

std::string targets_report(const std::vector<Target>& targets) {
  std::string text = "| target | ratio | bound | |\n|---|--:|--:|---|\n";
  for (const Target& t : targets)
    text += fmt::format("| {} | {:.2f} | {} {:.2f} | {} |\n", t.what, t.ratio,
                        t.at_most ? "<=" : ">=", t.bound, t.held() ? "held" : "missed");
  return text;
}

}  // namespace millrace::bench
