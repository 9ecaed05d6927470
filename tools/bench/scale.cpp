#include "tools/bench/scale.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

#include "tools/bench/control.h"
#include "tools/bench/machine.h"
#include "tools/bench/process.h"

namespace millrace::bench {
namespace {

constexpr unsigned kShardCounts[] = {1, 10, 100, 1000, 10000};
constexpr std::size_t kFewKeys = 4;
constexpr double kParts[] = {0, 0.125, 0.25, 0.5, 1};

// What one size costs.
struct Costs {
  Measurement single, batch, few, read;
  double memory_mb = 0;
  double start_s = 0;
};

class Server {
 public:
  Server(const Options& options, const std::string& durability)
      : options_(options),
        instance_(Instance::millrace(options.fresh(durability))),
        control_(instance_.endpoint(), instance_.host()) {}

  void create_stream(unsigned shards) {
    stream_ = new_stream_name();
    control_.create_stream(stream_, shards);
  }

  void fill(double megabytes) {
    bench::fill(requests("put_records_500"), static_cast<std::uint64_t>(megabytes), instance_);
  }

  Costs costs() {
    Costs c;
    c.single = put("put_record");
    c.batch = put("put_records_500");
    c.few = put("put_records_500", kFewKeys);
    LoadPlan plan = plan_of(scenario_named("get_records_1000"), instance_, options_.load);
    plan.iterators = iterators();
    c.read = run_load(std::move(plan), instance_, options_.load.duration);
    c.memory_mb = memory_mb(*instance_.pid()).value_or(0);
    instance_.kill();
    c.start_s = static_cast<double>(instance_.start_again().count()) / 1000;
    return c;
  }

  double disk_gb() const { return disk_mb(instance_.data()) / 1000; }
  void stop() { instance_.stop(); }

 private:
  // As many as connections, each of which reads a shard that has records, from its beginning.
  std::vector<std::string> iterators() {
    std::vector<std::string> found;
    for (const Control::Shard& shard : control_.shards(stream_)) {
      const std::string iterator = control_.first_iterator(stream_, shard.id);
      const auto first = control_.call("GetRecords", {{"ShardIterator", iterator}, {"Limit", 1}});
      if (first.at("Records").empty()) continue;
      const std::string text = nlohmann::json(iterator).dump();
      found.push_back(text.substr(1, text.size() - 2));
      if (found.size() == options_.load.connections) break;
    }
    return found;
  }
  std::vector<std::string> requests(const std::string& scenario, std::size_t keys = 0) const {
    return put_requests(scenario_named(scenario), instance_.host(), stream_, keys);
  }
  Measurement put(const std::string& scenario, std::size_t keys = 0) {
    LoadPlan plan = plan_of(scenario_named(scenario), instance_, options_.load);
    plan.requests = requests(scenario, keys);
    return run_load(std::move(plan), instance_, options_.load.duration);
  }

  const Options& options_;
  Instance instance_;
  Control control_;
  std::string stream_;
};

void add(Section& section, Table& table, const char* key, double size, const Costs& c) {
  table.rows.push_back({number(size), number(c.single.cpu_us_per_request), number(c.batch.cpu_us_per_request),
                        number(c.batch.records_per_s), number(c.few.cpu_us_per_request),
                        number(c.read.cpu_us_per_request), number(c.read.records_per_request),
                        number(c.memory_mb), number(c.start_s)});
  section.json.push_back({{key, size},
                          {"put_record_cpu_us", known(c.single.cpu_us_per_request)},
                          {"put_records_500_cpu_us", known(c.batch.cpu_us_per_request)},
                          {"put_records_500_records_per_s", c.batch.records_per_s},
                          {"put_records_500_of_4_keys_cpu_us", known(c.few.cpu_us_per_request)},
                          {"get_records_1000_cpu_us", known(c.read.cpu_us_per_request)},
                          {"get_records_1000_records_per_request", c.read.records_per_request},
                          {"memory_mb", c.memory_mb},
                          {"start_s", c.start_s}});
  for (const Measurement* m : {&c.single, &c.batch, &c.few, &c.read}) {
    section.errors += m->errors;
    if (m->errors > 0) table.notes.push_back("- first error: " + m->first_error);
  }
  fmt::print(stderr, "scale: {} {}: {}\n", size, key, fmt::join(table.rows.back(), ", "));
}

Table table_of(const std::string& title, const std::string& note, const std::string& size,
               const Options& options) {
  return {.title = title,
          .notes = {fmt::format("{}.", machine_line(options.directory)), note},
          .header = {size, "PutRecord, CPU us", "PutRecords 500, CPU us", "records/s", "of 4 keys, CPU us",
                     "GetRecords 1000, CPU us", "of records", "RSS MB", "start s"}};
}

}  // namespace

Section scale_section(const Options& options) {
  const std::string durability = options.durability.empty() ? "fsync" : options.durability;
  const std::string how = fmt::format(
      "Durability {}, {} connections; the server's CPU a request; the start is one after kill -9.",
      durability, options.load.connections);
  Section section{.name = "scale", .json = nlohmann::json::array()};

  Table shards =
      table_of("From 1 to 10,000 shards",
               how + " A request of 500 records has 500 keys, so that it goes to as many shards; or 4.",
               "shards", options);
  for (const unsigned count : kShardCounts) {
    Server server(options, durability);
    server.create_stream(count);
    add(section, shards, "shards", count, server.costs());
    server.stop();
  }
  section.tables.push_back(std::move(shards));

  Table data = table_of(fmt::format("From nothing to {} GB", options.scale_gb),
                        how + fmt::format(" {} shards, read from TRIM_HORIZON.", options.load.shards),
                        "GB on disk", options);
  Server server(options, durability);
  server.create_stream(options.load.shards);
  for (const double part : kParts) {
    const double wanted = part * options.scale_gb;
    if (const double have = server.disk_gb(); have < wanted) server.fill((wanted - have) * 1000);
    add(section, data, "gb", server.disk_gb(), server.costs());
  }
  server.stop();
  section.tables.push_back(std::move(data));
  return section;
}

}  // namespace millrace::bench
