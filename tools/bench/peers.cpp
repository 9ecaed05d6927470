#include "tools/bench/peers.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "tools/bench/control.h"
#include "tools/bench/load.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;

struct Peer {
  std::string name;
  std::string program;  // in the cache, once it is installed
  std::string install;  // for /bin/sh, in the cache
  std::string command;  // see Instance::peer; $CACHE is the cache
};

// Limits off or raised, streams ACTIVE at once, no log of requests; otherwise as they come.
const std::vector<Peer>& peers() {
  static const std::vector<Peer> all = {
      {"kinesalite", "kinesalite/node_modules/.bin/kinesalite",
       "mkdir -p kinesalite && cd kinesalite && npm install --silent kinesalite@latest",
       "exec node $CACHE/kinesalite/node_modules/.bin/kinesalite --port $PORT --shardLimit 1000 "
       "--createStreamMs 0 "
       "--deleteStreamMs 0"},
      {"kinesis-mock", "kinesis-local/node_modules/kinesis-local/main.js",
       "mkdir -p kinesis-local && cd kinesis-local && npm install --silent kinesis-local@latest",
       "cd $CACHE/kinesis-local/node_modules/kinesis-local && KINESIS_MOCK_PLAIN_PORT=$PORT "
       "KINESIS_MOCK_TLS_PORT=$((PORT - 1000)) LOG_LEVEL=ERROR SHARD_LIMIT=1000 CREATE_STREAM_DURATION=0ms "
       "DELETE_STREAM_DURATION=0ms exec node main.js"},
      {"moto", "moto/bin/moto_server", "python3 -m venv moto && moto/bin/pip install --quiet 'moto[server]'",
       "exec $CACHE/moto/bin/moto_server -H 127.0.0.1 -p $PORT"},
      {"ministack", "ministack/bin/ministack",
       "python3 -m venv ministack && ministack/bin/pip install --quiet ministack",
       "GATEWAY_PORT=$PORT exec $CACHE/ministack/bin/ministack"},
      {"ferrokinesis", "ferrokinesis/bin/ferrokinesis",
       "cargo install --quiet ferrokinesis --root $PWD/ferrokinesis",
       "exec $CACHE/ferrokinesis/bin/ferrokinesis --port $PORT --shard-limit 1000 --create-stream-ms 0 "
       "--delete-stream-ms 0"}};
  return all;
}

constexpr std::uint64_t kMemoryRecords = 2'000'000;
constexpr auto kMemoryTime = 60s;
constexpr std::int64_t kKeptRequests = 20;
// What GetRecords reads: some take a thousand records a second.
constexpr unsigned kFillMb = 20;

// Cells of the table; one that could not be measured says why below it.
struct Row {
  std::string name;
  std::string put_records = "-", put_record = "-", get_records = "-", cpu = "-", memory = "-", kept = "-";
  std::vector<std::string> trouble;
};

// A step of one server's measurement: what it throws becomes a line below the table.
void attempt(Row& row, const char* what, const std::function<void()>& step) {
  try {
    fmt::print(stderr, "{}: {}\n", row.name, what);
    step();
  } catch (const std::exception& e) {
    row.trouble.push_back(fmt::format("{}, {}: {}", row.name, what, std::string(e.what()).substr(0, 300)));
  }
}

class Runner {
 public:
  Runner(const PeerOptions& options, std::function<Instance()> start)
      : options_(options), start_(std::move(start)) {}

  Row run(std::string name) {
    Row row{.name = std::move(name)};
    attempt(row, "PutRecords", [&] {
      const Measurement m = measured(row, "put_records_500");
      row.put_records = fmt::format("{:.0f}", m.records_per_s);
      if (m.cpu_s_per_million) row.cpu = fmt::format("{:.1f}", *m.cpu_s_per_million);
    });
    attempt(row, "PutRecord",
            [&] { row.put_record = fmt::format("{:.0f}", measured(row, "put_record").records_per_s); });
    attempt(row, "GetRecords", [&] {
      row.get_records = fmt::format("{:.0f}", measured(row, "get_records_1000").records_per_s);
    });
    attempt(row, "memory", [&] { row.memory = memory(); });
    attempt(row, "kill -9", [&] { row.kept = kept(); });
    return row;
  }
  std::uint64_t errors() const { return errors_; }

 private:
  Measurement measured(Row& row, const char* scenario) {
    Instance instance = start_();
    LoadOptions load = options_.load;
    load.fill_mb = kFillMb;
    Measurement m = measure(scenario_named(scenario), instance, load, true);
    errors_ += m.errors;
    if (m.errors > 0)
      row.trouble.push_back(
          fmt::format("{}, {}: {} errors, the first: {}", row.name, scenario, m.errors, m.first_error));
    return m;
  }

  // Puts into a stream that stays, until 2,000,000 records are there or the time is over.
  std::string memory() {
    Instance instance = start_();
    const LoadCounts counts = put(instance, "memory", kMemoryRecords / 500, kMemoryTime);
    const auto mb = memory_mb(*instance.pid());
    return mb ? fmt::format("{:.0f} MB after {:.2f} million", *mb, static_cast<double>(counts.records) / 1e6)
              : "-";
  }

  std::string kept() {
    Instance instance = start_();
    const LoadCounts counts = put(instance, "kept", kKeptRequests, 60s);
    instance.kill_and_start();
    std::uint64_t left = 0;
    try {
      left = Control(instance.endpoint(), instance.host()).records_in("kept");
    } catch (const std::exception&) {
      // The stream itself is gone.
    }
    return fmt::format("{:.0f} %", 100 * static_cast<double>(left) /
                                       static_cast<double>(std::max<std::uint64_t>(counts.records, 1)));
  }

  LoadCounts put(const Instance& instance, const char* stream, std::int64_t requests,
                 std::chrono::seconds time) {
    Control(instance.endpoint(), instance.host()).create_stream(stream, options_.load.shards);
    const Scenario& scenario = scenario_named("put_records_500");
    Load load({scenario,
               instance.endpoint(),
               instance.host(),
               4,
               1,
               put_requests(scenario, instance.host(), stream),
               {},
               requests});
    load.begin();
    return load.join(time);
  }

  const PeerOptions& options_;
  const std::function<Instance()> start_;
  std::uint64_t errors_ = 0;
};

// Empty, or why it could not be installed.
std::string install(const Peer& peer, const std::filesystem::path& cache) {
  if (std::filesystem::exists(cache / peer.program)) return {};
  fmt::print(stderr, "{}: installing into {}\n", peer.name, cache.string());
  const std::filesystem::path log = cache / (peer.name + ".log");
  const std::string line =
      fmt::format("cd '{}' && ({}) >'{}' 2>&1", cache.string(), peer.install, log.string());
  const int status = std::system(line.c_str());
  if (status == 0 && std::filesystem::exists(cache / peer.program)) return {};
  std::ifstream file(log);
  std::string last, text;
  while (std::getline(file, text)) {
    if (!text.empty()) last = text;
  }
  return fmt::format("{} could not be installed: {}", peer.name, last.empty() ? log.string() : last);
}

}  // namespace

std::uint64_t run_peers(const PeerOptions& options) {
  std::filesystem::create_directories(options.cache);
  const std::string cache = std::filesystem::absolute(options.cache).string();
  std::vector<Row> rows;
  std::vector<std::string> trouble;
  Runner millrace(options, [&] { return Instance::millrace(options.millrace, "fsync", options.directory); });
  rows.push_back(millrace.run("millrace, fsync"));
  for (const Peer& peer : peers()) {
    if (std::string why = install(peer, cache); !why.empty()) {
      trouble.push_back(std::move(why));
      continue;
    }
    Runner runner(
        options, [&] { return Instance::peer("CACHE='" + cache + "'; " + peer.command, options.directory); });
    rows.push_back(runner.run(peer.name));
  }
  fmt::print(
      "| server | PutRecords 500, records/s | PutRecord, records/s | GetRecords 1000, records/s | CPU s per "
      "10^6 "
      "records put | memory | left after kill -9 |\n|---|--:|--:|--:|--:|--:|--:|\n");
  for (Row& row : rows) {
    fmt::print("| {} | {} | {} | {} | {} | {} | {} |\n", row.name, row.put_records, row.put_record,
               row.get_records, row.cpu, row.memory, row.kept);
    trouble.insert(trouble.end(), row.trouble.begin(), row.trouble.end());
  }
  fmt::print("\n");
  for (const std::string& line : trouble) fmt::print("- {}\n", line);
  return millrace.errors();
}

}  // namespace millrace::bench
