// bench: how fast a Kinesis-compatible server is, over real HTTP, and what it costs. See README.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/bench/disk.h"
#include "tools/bench/enforcement.h"
#include "tools/bench/floor_server.h"
#include "tools/bench/functions.h"
#include "tools/bench/latency.h"
#include "tools/bench/leases.h"
#include "tools/bench/machine.h"
#include "tools/bench/noop_function.h"
#include "tools/bench/options.h"
#include "tools/bench/peers.h"
#include "tools/bench/report.h"
#include "tools/bench/run.h"
#include "tools/bench/scale.h"
#include "tools/bench/scenario.h"
#include "tools/bench/stages.h"
#include "tools/bench/stall.h"
#include "tools/bench/targets.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;

Measurement run_server(const Scenario& scenario, const Options& o) {
  if (o.server.empty()) return run_millrace(scenario, o.fresh(), o.load);
  return measure(scenario, Instance::running(o.server, o.pid), o.load, true);
}

Result run_scenario(const Scenario& scenario, const Options& o) {
  Result result{scenario.name, {}, {}};
  for (unsigned i = 0; i < o.repeat; ++i) {
    result.server.push_back(run_server(scenario, o));
    say(scenario.name, "server", result.server.back());
    if (!o.floor) continue;
    // The floor answers with as many records as the server did in the run before.
    result.floor.push_back(
        run_floor(scenario, o.directory, o.load, result.server.back().records_per_request));
    say(scenario.name, "floor", result.floor.back());
  }
  return result;
}

Section run_scenarios(const Options& o) {
  const Conditions conditions{machine_line(o.directory),
                              o.durability.empty() ? "as configured" : o.durability, o.load, o.repeat};
  std::vector<Result> results;
  for (const std::string& name : o.scenarios) results.push_back(run_scenario(scenario_named(name), o));
  return report(results, conditions, o.markdown ? Layout::kMarkdown : Layout::kText);
}

// Prints each part when it is done, and keeps it for the JSON.
class Output {
 public:
  explicit Output(const Options& options) : options_(options) {}

  void add(Section section) {
    for (const Table& table : section.tables) {
      fmt::print("{}{}", begun_ ? "\n" : "", options_.markdown ? as_markdown(table) : as_text(table));
      begun_ = true;
    }
    std::fflush(stdout);
    errors_ += section.errors;
    // The scenarios' figures stand at the top, as they did before there were other parts.
    if (section.name == "scenarios") {
      json_.update(section.json);
    } else {
      json_[section.name] = std::move(section.json);
    }
  }

  void write_json() const {
    if (options_.json.empty()) return;
    std::ofstream file(options_.json);
    file << json_.dump(2) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + options_.json);
  }

  std::uint64_t errors() const { return errors_; }

 private:
  const Options& options_;
  bool begun_ = false;
  std::uint64_t errors_ = 0;
  nlohmann::json json_ = nlohmann::json::object();
};

bool has(const std::vector<std::string>& parts, std::string_view part) {
  return std::ranges::find(parts, part) != parts.end();
}

void run_floor_parts(const Options& o, Output& output) {
  const std::chrono::milliseconds duration = o.load.duration;
  if (has(o.floor_parts, "stages")) output.add(stages_section(o.directory, duration / 10, o.repeat));
  if (has(o.floor_parts, "disk")) output.add(disk_section(o.directory, duration / 10));
  if (!has(o.floor_parts, "targets")) return;
  if (o.server.empty()) {
    output.add(targets_section(o));
  } else {
    fmt::print(stderr,
               "bench: the targets need servers that are started for them; not measured with --server\n");
  }
}

// Returns the number of errors.
std::uint64_t run(const Options& o) {
  take_interrupts();
  Output output(o);
  if (o.peers) output.add(peers_section(o));
  if (o.functions) output.add(functions_section(o));
  if (o.latency) output.add(latency_section(o));
  if (o.auth) output.add(enforcement_section(o));
  if (o.leases) output.add(leases_section(o));
  if (o.stall_minutes > 0) output.add(stall_section(o));
  if (o.scale_gb > 0) output.add(scale_section(o));
  const bool other =
      o.peers || o.functions || o.latency || o.auth || o.leases || o.stall_minutes > 0 || o.scale_gb > 0;
  if (o.floor ? has(o.floor_parts, "scenarios") : !other) output.add(run_scenarios(o));
  if (o.floor) run_floor_parts(o, output);
  output.write_json();
  return output.errors();
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  using namespace millrace::bench;
  if (std::getenv("AWS_LAMBDA_RUNTIME_API")) return run_noop_function();
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
