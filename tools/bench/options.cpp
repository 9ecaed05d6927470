#include "tools/bench/options.h"

#include <cstdlib>

#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

void declare_server(CLI::App& app, Options& o) {
  auto* server = app.add_option("--server", o.server, "Measure the server at this URL (http://host:port)");
  app.add_option("--pid", o.pid, "Process id of the server, for CPU and memory; requires --server")
      ->needs(server);
  app.add_option("--millrace", o.millrace, "Millrace binary to start for every run")
      ->excludes(server)
      ->capture_default_str();
  app.add_option("--durability", o.durability, "Passed to Millrace")
      ->check(CLI::IsMember({"fsync", "os", "memory"}))
      ->excludes(server);
  app.add_option("--directory", o.directory, "Directory for temporary data directories")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
}

void declare_load(CLI::App& app, Options& o) {
  app.add_option("--connections", o.load.connections)->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--threads", o.load.threads, "Threads of the client and of the floor server")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--seconds", o.seconds, "Measured seconds of a run, after a warm-up of one second")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--shards", o.load.shards)->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--fill-mb", o.load.fill_mb, "MB to write before GetRecords is measured")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
}

// Parts that are run instead of the scenarios.
void declare_parts(CLI::App& app, Options& o) {
  app.add_flag("--functions", o.functions,
               "Measure functions: warm invocations, cold starts, event source mappings");
  app.add_flag("--latency", o.latency, "Measure the time from a put to its delivery");
  app.add_flag("--auth", o.auth, "Measure puts with verified signatures and permissions, and without");
  auto* leases = app.add_flag("--leases", o.leases,
                              "Measure renewals of leases of the Kinesis Client Library, alone and while "
                              "PutRecords runs at half of its maximum rate");
  app.add_option("--lease-count", o.lease_count, "Number of leases, each renewed every 3 seconds")
      ->needs(leases)
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  app.add_option("--stall", o.stall_minutes,
                 "Run at 70 % of the maximum rate for this number of minutes, and report stalls")
      ->check(CLI::Range(0.1, 1440.0));
  app.add_option("--scale", o.scale_gb,
                 "Measure costs for 1 to 10,000 shards, and with up to this amount of data in GB")
      ->check(CLI::Range(0.1, 100'000.0));
}

void declare_peers(CLI::App& app, Options& o) {
  auto* peers = app.add_flag("--peers", o.peers, "Compare Millrace with similar servers under the same load");
  app.add_option("--peer-cache", o.peer_cache, "Directory in which the servers are installed")
      ->needs(peers)
      ->capture_default_str();
  app.add_option("--peer-names", o.peer_names, "Only these servers, separated by commas")
      ->needs(peers)
      ->delimiter(',')
      ->check(CLI::IsMember({"kinesalite", "kinesis-mock", "moto", "ministack", "ferrokinesis"}));
  app.add_option("--peer-records", o.peer_records,
                 "Number of records of 1 KiB after which memory is measured")
      ->needs(peers)
      ->check(CLI::Range(1000, 1000000000))
      ->capture_default_str();
  app.add_option("--peer-fill-seconds", o.peer_fill_seconds, "Maximum time for writing these records")
      ->needs(peers)
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
}

}  // namespace

std::filesystem::path default_peer_cache() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache != '\0') return std::filesystem::path(cache) / "millrace-bench";
  return std::filesystem::path(home != nullptr ? home : "/tmp") / ".cache" / "millrace-bench";
}

void declare(CLI::App& app, Options& o) {
  declare_server(app, o);
  declare_load(app, o);
  declare_parts(app, o);
  declare_peers(app, o);
  std::vector<std::string> names;
  for (const Scenario& scenario : all_scenarios()) names.push_back(scenario.name);
  o.scenarios = names;
  app.add_option("--scenarios", o.scenarios, "Scenarios, separated by commas; default: all")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  auto* floor = app.add_flag("--floor", o.floor,
                             "Also measure what the machine can do: a server of prepared responses, the "
                             "stages of a put, the disk; and report which targets are met");
  const std::vector<std::string> parts = {"scenarios", "stages", "disk", "targets"};
  o.floor_parts = parts;
  app.add_option("--floor-parts", o.floor_parts, "Only these parts of --floor, separated by commas")
      ->delimiter(',')
      ->needs(floor)
      ->check(CLI::IsMember(parts));
  app.add_option("--repeat", o.repeat,
                 "Runs of each scenario and target, interleaved with the floor's; medians are printed")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--json", o.json, "Write every run to this file");
  app.add_flag("--markdown", o.markdown, "Print the tables as Markdown");
}

}  // namespace millrace::bench
