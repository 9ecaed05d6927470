// bench: how fast a Kinesis-compatible server is, over real HTTP, and what it costs. See README.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/bench/disk.h"
#include "tools/bench/floor_server.h"
#include "tools/bench/instance.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/peers.h"
#include "tools/bench/report.h"
#include "tools/bench/scenario.h"
#include "tools/bench/stages.h"
#include "tools/bench/targets.h"

namespace millrace::bench {
namespace {

std::filesystem::path default_cache() {
  const char* const home = std::getenv("HOME");
  return (home ? std::filesystem::path(home) : std::filesystem::temp_directory_path()) /
         ".cache/millrace-bench";
}

struct Options {
  std::string server;  // a URL; empty: start Millrace
  std::optional<pid_t> pid;
  std::filesystem::path millrace = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "millrace";
  std::string durability;
  std::filesystem::path directory = std::filesystem::temp_directory_path();
  LoadOptions load;
  std::int64_t seconds = 5;
  std::vector<std::string> scenarios;
  bool floor = false, targets = false, peers = false;
  std::filesystem::path cache = default_cache();
  unsigned repeat = 3;
  std::string json;
  bool markdown = false;
};

void declare(CLI::App& app, Options& o) {
  auto* server = app.add_option("--server", o.server, "Measure the server at this URL, http://host:port");
  app.add_option("--pid", o.pid, "Its process, for CPU and memory; only with --server")->needs(server);
  app.add_option("--millrace", o.millrace, "Start this binary, a fresh one for every run")
      ->excludes(server)
      ->capture_default_str();
  app.add_option("--durability", o.durability, "Passed to Millrace")
      ->check(CLI::IsMember({"fsync", "os", "memory"}))
      ->excludes(server);
  app.add_option("--directory", o.directory, "Where data directories are made (and removed)")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--connections", o.load.connections)->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--threads", o.load.threads, "Of the client, and of the floor server")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--seconds", o.seconds, "Counted time of a run, after a second of warm-up")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--shards", o.load.shards)->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--fill-mb", o.load.fill_mb, "Data written before GetRecords is measured")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  std::vector<std::string> names;
  for (const Scenario& scenario : all_scenarios()) names.push_back(scenario.name);
  o.scenarios = names;
  app.add_option("--scenarios", o.scenarios, "Comma-separated; all, if not given")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_flag("--floor", o.floor, "Also measure a server of canned answers, and print ratios to it");
  app.add_flag(
         "--targets", o.targets,
         "Measure what is aimed at instead: ratios to the floors of HTTP, of the stages of a request and "
         "of the disk, and between settings")
      ->excludes(server);
  auto* peers = app.add_flag("--peers", o.peers,
                             "Measure other servers under the same load instead, and install them before");
  peers->excludes(server);
  app.add_option("--cache", o.cache, "Where --peers installs, and finds what it installed before")
      ->needs(peers)
      ->capture_default_str();
  app.add_option("--repeat", o.repeat,
                 "Runs of each scenario, interleaved with the floor's; medians are printed")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--json", o.json, "Write every run to this file");
  app.add_flag("--markdown", o.markdown, "Print the table for the README");
}

Measurement run_server(const Scenario& scenario, const Options& o) {
  Instance instance = o.server.empty() ? Instance::millrace(o.millrace, o.durability, o.directory)
                                       : Instance::running(o.server, o.pid);
  Measurement m = measure(scenario, instance, o.load, true);
  instance.stop();
  return m;
}

// The floor reads as many records from a request as the server did in the run before.
Measurement run_floor(const Scenario& scenario, const Options& o, const Measurement& server) {
  FloorOptions floor;
  floor.scenario = scenario.name;
  floor.answer_records = static_cast<std::uint32_t>(std::lround(server.records_per_request));
  floor.threads = o.load.threads;
  floor.shards = o.load.shards;
  Instance instance = Instance::floor(floor, o.directory);
  Measurement m = measure(scenario, instance, o.load, false);
  instance.stop();
  return m;
}

void say(const std::string& scenario, std::string_view target, unsigned run, const Measurement& m) {
  fmt::print(stderr, "{} {} {}: {:.0f} records/s, p50 {:.2f} ms\n", scenario, target, run + 1,
             m.records_per_s, m.p50_ms);
  if (m.errors > 0) fmt::print(stderr, "  {} errors; the first: {}\n", m.errors, m.first_error);
  if (m.client_cpu_s > 0.95 * m.seconds) {
    fmt::print(stderr, "  the client used {:.1f} s of CPU in {:.1f} s: it may be what limits\n",
               m.client_cpu_s, m.seconds);
  }
}

Result run_scenario(const Scenario& scenario, const Options& o) {
  Result result{scenario.name, {}, {}};
  for (unsigned i = 0; i < o.repeat; ++i) {
    result.server.push_back(run_server(scenario, o));
    say(scenario.name, "server", i, result.server.back());
    if (!o.floor) continue;
    result.floor.push_back(run_floor(scenario, o, result.server.back()));
    say(scenario.name, "floor", i, result.floor.back());
  }
  return result;
}

std::uint64_t run_targets(const Options& o) {
  fmt::print("{}\n", machine_line(o.directory));
  {
    const TemporaryDirectory directory(o.directory);
    fmt::print("{}", disk_report(measure_disk(directory.path())));
  }
  const Targets targets = measure_targets({o.millrace, o.directory, o.load, o.repeat});
  fmt::print("\n{}", targets_report(targets.targets));
  return targets.errors;
}

// Returns the number of errors.
std::uint64_t run(const Options& o) {
  take_interrupts();
  if (o.targets) return run_targets(o);
  if (o.peers) {
    fmt::print("{}\n\n", machine_line(o.directory));
    return run_peers({o.millrace, o.directory, o.cache, o.load});
  }
  const Conditions conditions{machine_line(o.directory),
                              o.durability.empty() ? "as configured" : o.durability, o.load, o.repeat};
  std::vector<Result> results;
  std::uint64_t errors = 0;
  for (const std::string& name : o.scenarios) {
    results.push_back(run_scenario(scenario_named(name), o));
    for (const auto* runs : {&results.back().server, &results.back().floor}) {
      for (const Measurement& m : *runs) errors += m.errors;
    }
  }
  fmt::print("{}", o.markdown ? markdown_report(results, conditions) : text_report(results, conditions));
  if (o.floor) {
    const TemporaryDirectory directory(o.directory);
    fmt::print("\n{}\n{}", stages_report(measure_stages(directory.path())),
               disk_report(measure_disk(directory.path())));
  }
  if (!o.json.empty()) {
    std::ofstream file(o.json);
    file << json_report(results, conditions).dump(2) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + o.json);
  }
  return errors;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  using namespace millrace::bench;
  try {
    CLI::App app("Measures a Kinesis-compatible server over HTTP/1.1.", "bench");
    Options options;
    declare(app, options);
    FloorOptions floor;
    CLI::App* floor_command =
        app.add_subcommand("floor-server", "Serve canned answers, as --floor does itself");
    floor_command->add_option("--port", floor.port)->capture_default_str();
    floor_command->add_option("--scenario", floor.scenario)->required();
    floor_command->add_option("--answer-records", floor.answer_records, "In an answer of GetRecords");
    floor_command->add_option("--threads", floor.threads)->check(CLI::Range(1, 256))->capture_default_str();
    floor_command->add_option("--shards", floor.shards)->check(CLI::Range(1, 1000))->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    if (floor_command->parsed()) {
      run_floor_server(floor);
      return 0;
    }
    options.load.duration = std::chrono::seconds(options.seconds);
    const std::uint64_t errors = run(options);
    if (errors == 0) return 0;
    fmt::print(stderr, "bench: {} errors\n", errors);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench: {}\n", e.what());
  }
  return 1;
}
