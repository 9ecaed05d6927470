#include "tools/bench/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "tools/bench/disk.h"
#include "tools/bench/run.h"
#include "tools/bench/stages.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kStageTime = 100ms;  // of each stage
constexpr auto kDiskTime = 500ms;
constexpr std::size_t kDiskChunk = 4096;
constexpr unsigned kManyConnections = 32;
constexpr unsigned kSingleConnections = 256;

enum class Demand { kAtMost, kAtLeast };

// A ratio that is demanded, and what each round measured of it.
struct Target {
  std::string name;
  Demand demand;
  double limit;
  std::string basis;  // what was divided by what
  std::vector<double> ratios = {};
  std::vector<double> measured = {};  // numerator
  std::vector<double> compared = {};  // denominator

  void add(double numerator, double denominator) {
    measured.push_back(numerator);
    compared.push_back(denominator);
    ratios.push_back(denominator > 0 ? numerator / denominator : 0);
  }
  bool held() const {
    const double middle = median(ratios);
    return demand == Demand::kAtMost ? middle <= limit && middle > 0 : middle >= limit;
  }
};

class Rounds {
 public:
  explicit Rounds(const Options& options)
      : options_(options), stages_(options.directory), disk_(options.directory) {
    // The client has a thread too: only where there is a core for it does throughput show what threads give.
    const unsigned cores = std::thread::hardware_concurrency();
    by_cpu_ = cores < 2 + options.load.threads;
    if (by_cpu_) {
      threads_ = {
          "two io threads, by CPU a request (os)", Demand::kAtMost, 1 / 0.85,
          fmt::format("server CPU us a request, --threads 2 / --threads 1; {} cores are too few to judge by "
                      "throughput (1.7x)",
                      cores)};
    }
  }

  void run() {
    puts();
    threads();
    syncs();
    single_records();
    one_connection();
    reads();
  }

  Section section() const;

 private:
  Measurement millrace(const std::string& scenario, const std::string& durability, LoadOptions load,
                       std::vector<std::string> arguments = {}) {
    std::string what = durability + " " + fmt::format("{}", fmt::join(arguments, " "));
    Measurement m =
        run_millrace(scenario_named(scenario), options_.fresh(durability, std::move(arguments)), load);
    return noted(scenario, what, m);
  }
  Measurement floor(const std::string& scenario, const LoadOptions& load, double answer_records = 0) {
    return noted(scenario, "floor",
                 run_floor(scenario_named(scenario), options_.directory, load, answer_records));
  }
  Measurement noted(const std::string& scenario, const std::string& what, const Measurement& m) {
    say("targets: " + scenario, what, m);
    errors_ += m.errors;
    return m;
  }
  LoadOptions with_connections(unsigned connections) const {
    LoadOptions load = options_.load;
    load.connections = connections;
    return load;
  }
  // A log that recycles its file; past the page cache where that is possible.
  DiskFigures sync_write() {
    const auto direct = disk_.measure({FileKind::kRecycled, true, kDiskChunk}, Processors::kAwake, kDiskTime);
    return direct ? *direct
                  : *disk_.measure({FileKind::kRecycled, false, kDiskChunk}, Processors::kAwake, kDiskTime);
  }

  void puts() {
    const Measurement os = millrace("put_records_500", "os", options_.load);
    const Measurement canned = floor("put_records_500", options_.load);
    const double stages = stages_.measure(kStageTime).sum();
    const Measurement fsync = millrace("put_records_500", "fsync", options_.load);
    const double least = canned.cpu_us_per_request.value_or(0) + stages;
    put_os_.add(os.cpu_us_per_request.value_or(0), least);
    put_fsync_.add(fsync.cpu_us_per_request.value_or(0), least);
  }

  void threads() {
    const Measurement one = millrace("put_records_500", "os", options_.load, {"--threads", "1"});
    const Measurement two = millrace("put_records_500", "os", options_.load, {"--threads", "2"});
    if (by_cpu_) {
      threads_.add(two.cpu_us_per_request.value_or(0), one.cpu_us_per_request.value_or(0));
    } else {
      threads_.add(two.requests_per_s, one.requests_per_s);
    }
  }

  void syncs() {
    const LoadOptions load = with_connections(kManyConnections);
    const Measurement os = millrace("put_records_500", "os", load);
    const Measurement fsync = millrace("put_records_500", "fsync", load);
    syncs_.add(fsync.requests_per_s, os.requests_per_s);
  }

  void single_records() {
    const LoadOptions load = with_connections(kSingleConnections);
    const Measurement fsync = millrace("put_record", "fsync", load);
    const double disk = sync_write().per_s * kSingleConnections;
    const Measurement canned = floor("put_record", load);
    single_.add(fsync.requests_per_s, std::min(canned.requests_per_s, disk));
  }

  void one_connection() {
    const double disk = sync_write().p50_ms;
    const Awake awake(Processors::kAwake);  // as it was for the disk
    latency_.add(millrace("put_record", "fsync", with_connections(1)).p50_ms, disk);
  }

  void reads() {
    const Measurement server = millrace("get_records_10000", "fsync", options_.load);
    const Measurement canned = floor("get_records_10000", options_.load, server.records_per_request);
    reads_.add(server.mb_per_s, canned.mb_per_s);
  }

  const Options& options_;
  Stages stages_;
  Disk disk_;
  bool by_cpu_ = false;
  std::uint64_t errors_ = 0;

  Target put_os_{"PutRecords 500 x 1 KiB, CPU (os)", Demand::kAtMost, 1.5,
                 "server CPU us a request / (canned server's + stages)"};
  Target put_fsync_{"PutRecords 500 x 1 KiB, CPU (fsync)", Demand::kAtMost, 1.5,
                    "server CPU us a request / (canned server's + stages)"};
  Target threads_{"two io threads (os)", Demand::kAtLeast, 1.7, "requests/s, --threads 2 / --threads 1"};
  Target syncs_{"fsync against os, 32 connections", Demand::kAtLeast, 0.7,
                "PutRecords 500 requests/s, fsync / os"};
  Target single_{"PutRecord, 256 connections (fsync)", Demand::kAtLeast, 0.6,
                 "requests/s / min(canned server's, 256 x syncs/s of 4 KiB, recycled)"};
  Target latency_{
      "PutRecord, one connection (fsync)", Demand::kAtMost, 1.3,
      "p50 ms / p50 ms of pwrite + fdatasync of 4 KiB, recycled; both with a processor kept awake"};
  Target reads_{"GetRecords, answers of 10 MiB", Demand::kAtLeast, 0.4, "MB/s / canned server's"};
};

Section Rounds::section() const {
  Section section{.name = "targets", .json = nlohmann::json::array(), .errors = errors_};
  Table table{.title = "Targets",
              .notes = {fmt::format("Both sides of a ratio ran in turn; medians of {} rounds of {} s.",
                                    options_.repeat, options_.load.duration.count())},
              .header = {"target", "measured is", "demanded", "ratio", "", "measured", "compared with"},
              .names = 2};
  for (const Target* target : {&put_os_, &put_fsync_, &threads_, &syncs_, &single_, &latency_, &reads_}) {
    const bool at_most = target->demand == Demand::kAtMost;
    table.rows.push_back({target->name, target->basis,
                          fmt::format("{} {:.2f}", at_most ? "at most" : "at least", target->limit),
                          number(median(target->ratios)), target->held() ? "held" : "MISSED",
                          number(median(target->measured)), number(median(target->compared))});
    section.json.push_back({{"target", target->name},
                            {"basis", target->basis},
                            {at_most ? "at_most" : "at_least", target->limit},
                            {"ratio", median(target->ratios)},
                            {"ratios", target->ratios},
                            {"measured", target->measured},
                            {"compared", target->compared},
                            {"held", target->held()}});
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace

Section targets_section(const Options& options) {
  Rounds rounds(options);
  for (unsigned i = 0; i < options.repeat; ++i) rounds.run();
  return rounds.section();
}

}  // namespace millrace::bench
