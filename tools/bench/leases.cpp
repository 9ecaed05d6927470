#include "tools/bench/leases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

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

constexpr double kRenewalSeconds = 3;
constexpr unsigned kLeasesPerWorker = 500;
// Threads of a worker that renew leases: three workers of KCL 3 have about as many (maxLeaseRenewalThreads).
constexpr unsigned kConnections = 64;
constexpr unsigned kLeasesPerBatch = 25;  // of BatchWriteItem
constexpr auto kLargestRateTime = 5s;
constexpr auto kWarmUp = 1s;
constexpr auto kLastAnswerDeadline = 30s;
constexpr double kShareOfLargest = 0.5;
// Targets of an installation with 10,000 leases. A missed target is not an error.
constexpr double kTargetCores = 0.3;
constexpr double kTargetP99Ms = 5;

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

std::string key_of(unsigned lease) { return fmt::format("shardId-{:012}", lease); }

// A lease table as version 3 of the library creates it, and the requests that renew its leases. Connections
// have leases of their own, so that requests can be made on several threads at once.
class LeaseTable {
 public:
  LeaseTable(const Instance& instance, unsigned leases)
      : host_(instance.host()), name_(new_stream_name()), counters_(leases) {}

  void create_and_fill(Control& control) const {
    const auto string_attribute = [](const char* name) {
      return nlohmann::json{{"AttributeName", name}, {"AttributeType", "S"}};
    };
    const auto key = [](const char* name, const char* type) {
      return nlohmann::json{{"AttributeName", name}, {"KeyType", type}};
    };
    const nlohmann::json index = {{"IndexName", "LeaseOwnerToLeaseKeyIndex"},
                                  {"KeySchema", {key("leaseOwner", "HASH"), key("leaseKey", "RANGE")}},
                                  {"Projection", {{"ProjectionType", "KEYS_ONLY"}}}};
    control.dynamodb("CreateTable", {{"TableName", name_},
                                     {"AttributeDefinitions",
                                      {string_attribute("leaseKey"), string_attribute("leaseOwner")}},
                                     {"KeySchema", nlohmann::json::array({key("leaseKey", "HASH")})},
                                     {"GlobalSecondaryIndexes", nlohmann::json::array({index})},
                                     {"BillingMode", "PAY_PER_REQUEST"}});
    for (unsigned first = 0; first < counters_.size(); first += kLeasesPerBatch) {
      nlohmann::json puts = nlohmann::json::array();
      for (unsigned i = first; i < std::min<std::size_t>(first + kLeasesPerBatch, counters_.size()); ++i)
        puts.push_back({{"PutRequest", {{"Item", item(i)}}}});
      control.dynamodb("BatchWriteItem", {{"RequestItems", {{name_, puts}}}});
    }
  }

  // The n-th request of a connection: it renews the connection's leases in turn, with the members that the
  // library sends (DynamoDBLeaseRenewer of KCL 3).
  std::string renewal(unsigned connection, std::uint64_t n) {
    const std::uint64_t first = counters_.size() * connection / kConnections;
    const std::uint64_t own = counters_.size() * (connection + 1) / kConnections - first;
    const std::uint64_t lease = first + n % own;
    const std::uint64_t before = counters_[lease]++;
    return dynamodb_request(
        host_, "UpdateItem",
        fmt::format(
            R"({{"TableName":"{}","Key":{{"leaseKey":{{"S":"{}"}}}},)"
            R"("Expected":{{"leaseCounter":{{"Value":{{"N":"{}"}}}},"checkpointOwner":{{"Exists":false}}}},)"
            R"("AttributeUpdates":{{"leaseCounter":{{"Value":{{"N":"{}"}},"Action":"PUT"}},)"
            R"("throughputKBps":{{"Value":{{"N":"{}.5"}},"Action":"PUT"}}}},)"
            R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD"}})",
            name_, key_of(static_cast<unsigned>(lease)), before, before + 1, n % 1000));
  }

 private:
  static nlohmann::json item(unsigned lease) {
    const auto text = [](std::string value) { return nlohmann::json{{"S", std::move(value)}}; };
    const auto count = [](std::string value) { return nlohmann::json{{"N", std::move(value)}}; };
    return {{"leaseKey", text(key_of(lease))},
            {"leaseOwner", text(fmt::format("worker-{:04}", lease / kLeasesPerWorker))},
            {"leaseCounter", count("0")},
            {"ownerSwitchesSinceCheckpoint", count("0")},
            {"checkpoint", text(fmt::format("49{:054}", lease))},
            {"checkpointSubSequenceNumber", count("0")},
            {"startingHashKey", text(fmt::format("{}", lease))},
            {"endingHashKey", text(fmt::format("{:039}", lease))},
            {"throughputKBps", count("0")}};
  }

  const std::string host_, name_;
  std::vector<std::uint64_t> counters_;  // by lease
};

LoadPlan renewals(LeaseTable& table, const Instance& instance, const Options& options) {
  LoadPlan plan;
  plan.scenario = {"renewals", Operation::kUpdateItem, 1};
  plan.endpoint = instance.endpoint();
  plan.host = instance.host();
  plan.connections = kConnections;
  plan.make_request = [&table](unsigned connection, std::uint64_t n) { return table.renewal(connection, n); };
  plan.requests_per_s = options.lease_count / kRenewalSeconds;
  return plan;
}

LoadPlan puts(const Instance& instance, const Options& options) {
  const std::string stream = new_stream_name();
  Control(instance.endpoint(), instance.host()).create_stream(stream, options.load.shards);
  LoadPlan plan = plan_of(scenario_named("put_records_500"), instance, options.load);
  plan.requests = put_requests(plan.scenario, instance.host(), stream);
  return plan;
}

struct Phase {
  std::string name;
  double seconds = 0, server_cores = 0, client_cores = 0;
  LoadCounts renewals, puts;
};

Phase run(std::string name, std::vector<LoadPlan> plans, const Instance& instance,
          std::chrono::seconds duration) {
  fmt::print(stderr, "leases: {}\n", name);
  std::vector<std::unique_ptr<Load>> loads;
  for (LoadPlan& plan : plans) loads.push_back(std::make_unique<Load>(std::move(plan)));
  pause_for(kWarmUp);
  for (auto& load : loads) load->begin();
  const auto start = steady_clock::now();
  const double server = cpu_seconds(*instance.pid()).value_or(0), client = own_cpu_seconds();
  pause_for(duration);
  Phase phase{.name = std::move(name)};
  phase.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  phase.server_cores = (cpu_seconds(*instance.pid()).value_or(0) - server) / phase.seconds;
  phase.client_cores = (own_cpu_seconds() - client) / phase.seconds;
  for (auto& load : loads) load->end();
  phase.renewals = loads[0]->join(kLastAnswerDeadline);
  if (loads.size() > 1) phase.puts = loads[1]->join(kLastAnswerDeadline);
  return phase;
}

Row row_of(const Phase& phase) {
  const auto ms = [&](double share) { return number(in_ms(phase.renewals.latency.quantile(share))); };
  return {phase.name,
          number(static_cast<double>(phase.renewals.requests) / phase.seconds),
          ms(0.5),
          ms(0.99),
          ms(0.999),
          ms(1),
          number(phase.server_cores),
          number(phase.client_cores),
          number(static_cast<double>(phase.puts.requests) / phase.seconds)};
}

nlohmann::json json_of(const Phase& phase) {
  const auto ms = [&](double share) { return in_ms(phase.renewals.latency.quantile(share)); };
  return {{"phase", phase.name},
          {"renewals_per_s", static_cast<double>(phase.renewals.requests) / phase.seconds},
          {"p50_ms", ms(0.5)},
          {"p99_ms", ms(0.99)},
          {"p999_ms", ms(0.999)},
          {"longest_ms", ms(1)},
          {"server_cores", phase.server_cores},
          {"client_cores", phase.client_cores},
          {"put_records_per_s", static_cast<double>(phase.puts.requests) / phase.seconds}};
}

std::string target(const char* what, double value, double limit, const char* unit) {
  return fmt::format("- {}: {} {}; target: under {} {}, {}.", what, number(value), unit, number(limit), unit,
                     value < limit ? "met" : "missed");
}

}  // namespace

Section leases_section(const Options& options) {
  const std::string durability = options.durability.empty() ? "fsync" : options.durability;
  Instance instance = Instance::millrace(options.fresh(durability));
  Control control(instance.endpoint(), instance.host());
  LeaseTable table(instance, options.lease_count);
  table.create_and_fill(control);

  std::vector<Phase> phases;
  const auto lease_plan = [&] { return renewals(table, instance, options); };
  std::vector<LoadPlan> plans;
  plans.push_back(lease_plan());
  phases.push_back(run("renewals alone", std::move(plans), instance, options.load.duration));
  const Measurement largest = run_load(puts(instance, options), instance, kLargestRateTime);
  LoadPlan half = puts(instance, options);
  half.requests_per_s = kShareOfLargest * largest.requests_per_s;
  plans.clear();
  plans.push_back(lease_plan());
  plans.push_back(std::move(half));
  phases.push_back(run("with PutRecords", std::move(plans), instance, options.load.duration));

  Section section{.name = "leases", .errors = largest.errors};
  Table figures{
      .title = "Leases of the Kinesis Client Library",
      .notes =
          {fmt::format("{}.", machine_line(options.directory)),
           fmt::format(
               "{} leases, each renewed every {} s by a conditional UpdateItem; {} connections; durability "
               "{}. PutRecords 500 x 1 KiB at {:.0f} % of the {} requests/s that a closed loop reached. "
               "Latency counts from when a request was due.",
               options.lease_count, kRenewalSeconds, kConnections, durability, kShareOfLargest * 100,
               number(largest.requests_per_s))},
      .header = {"phase", "renewals/s", "p50 ms", "p99 ms", "p99.9 ms", "longest ms", "server cores",
                 "client cores", "PutRecords/s"}};
  figures.notes.push_back(target("CPU of renewals alone", phases[0].server_cores, kTargetCores, "cores"));
  figures.notes.push_back(target("p99 of renewals with PutRecords",
                                 in_ms(phases[1].renewals.latency.quantile(0.99)), kTargetP99Ms, "ms"));
  section.json = {
      {"durability", durability}, {"leases", options.lease_count}, {"phases", nlohmann::json::array()}};
  for (const Phase& phase : phases) {
    figures.rows.push_back(row_of(phase));
    section.json["phases"].push_back(json_of(phase));
    for (const LoadCounts* counts : {&phase.renewals, &phase.puts}) {
      section.errors += counts->errors;
      if (!counts->first_error.empty()) figures.notes.push_back("- first error: " + counts->first_error);
    }
  }
  section.tables.push_back(std::move(figures));
  instance.stop();
  return section;
}

}  // namespace millrace::bench
