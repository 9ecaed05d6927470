#include "tools/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace millrace::bench {
namespace {

// The median of server/floor over the pairs of runs that followed one another; none without a floor.
using Figure = std::function<std::optional<double>(const Measurement&)>;
std::optional<double> floor_ratio(const Result& result, const Figure& figure) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(result.server.size(), result.floor.size()); ++i) {
    const std::optional<double> server = figure(result.server[i]);
    const std::optional<double> floor = figure(result.floor[i]);
    if (server && floor && *floor > 0) ratios.push_back(*server / *floor);
  }
  if (ratios.empty()) return std::nullopt;
  return median(std::move(ratios));
}

struct Ratios {
  std::optional<double> throughput;
  std::optional<double> p50;
  std::optional<double> cpu;
};
Ratios ratios_of(const Result& result) {
  return {floor_ratio(result, [](const Measurement& m) { return m.records_per_s; }),
          floor_ratio(result, [](const Measurement& m) { return m.p50_ms; }),
          floor_ratio(result, [](const Measurement& m) { return m.cpu_s_per_million; })};
}

Row figures_row(std::string name, std::string target, const Measurement& m) {
  return {std::move(name),          std::move(target),      number(m.requests_per_s),
          number(m.records_per_s),  number(m.mb_per_s),     number(m.p50_ms),
          number(m.p99_ms),         number(m.p999_ms),      number(m.cpu_s_per_million),
          number(m.peak_memory_mb), number(m.client_cpu_s), std::to_string(m.errors)};
}

std::string conditions_line(const Conditions& c) {
  return fmt::format(
      "{}.\nDurability {}, {} shards, {} connections, {} client thread{} on the same machine; records of {} "
      "bytes; medians of {} run{} of {} s.",
      c.machine, c.durability, c.load.shards, c.load.connections, c.load.threads,
      c.load.threads == 1 ? "" : "s", kRecordBytes, c.repeat, c.repeat == 1 ? "" : "s",
      c.load.duration.count());
}

nlohmann::json json_of(const Measurement& m) {
  return {{"seconds", m.seconds},
          {"requests_per_s", m.requests_per_s},
          {"records_per_s", m.records_per_s},
          {"mb_per_s", m.mb_per_s},
          {"records_per_request", m.records_per_request},
          {"p50_ms", m.p50_ms},
          {"p99_ms", m.p99_ms},
          {"p999_ms", m.p999_ms},
          {"server_cpu_s", known(m.server_cpu_s)},
          {"server_cpu_s_per_million_records", known(m.cpu_s_per_million)},
          {"server_cpu_us_per_request", known(m.cpu_us_per_request)},
          {"server_peak_memory_mb", known(m.peak_memory_mb)},
          {"client_cpu_s", m.client_cpu_s},
          {"errors", m.errors},
          {"first_error", m.first_error}};
}

nlohmann::json json_of(const std::vector<Measurement>& runs) {
  nlohmann::json all = nlohmann::json::array();
  for (const Measurement& run : runs) all.push_back(json_of(run));
  return {{"median", json_of(median(runs))}, {"runs", all}};
}

// A row for a server, one for its floor, one for the ratios: for the terminal.
Table long_table(const std::vector<Result>& results, const Conditions& conditions) {
  Table table{.notes = {conditions_line(conditions)},
              .header = {"scenario", "", "req/s", "records/s", "MB/s", "p50 ms", "p99 ms", "p99.9 ms",
                         "CPU s/M rec", "RSS MB", "client CPU s", "errors"},
              .names = 2};
  for (const Result& result : results) {
    table.rows.push_back(figures_row(result.scenario, "server", median(result.server)));
    if (result.floor.empty()) continue;
    table.rows.push_back(figures_row("", "floor", median(result.floor)));
    const Ratios ratios = ratios_of(result);
    table.rows.push_back({"", "server/floor", "", ratio(ratios.throughput), "", ratio(ratios.p50), "", "",
                          ratio(ratios.cpu), "", "", ""});
  }
  return table;
}

// A row for a scenario: for BENCHMARKS.md.
Table wide_table(const std::vector<Result>& results, const Conditions& conditions) {
  const bool floor = std::ranges::any_of(results, [](const Result& r) { return !r.floor.empty(); });
  Table table{.notes = {conditions_line(conditions)},
              .header = {"scenario", "requests/s", "records/s", "MB/s", "p50 ms", "p99 ms", "p99.9 ms",
                         "server CPU s per 10^6 records", "server peak RSS MB", "client CPU s"}};
  if (floor) {
    table.notes.push_back("The floor is a server that reads requests and sends prepared responses.");
    table.header.insert(table.header.end(), {"throughput / floor", "p50 / floor", "CPU / floor"});
  }
  for (const Result& result : results) {
    Row row = figures_row(result.scenario, "", median(result.server));
    row.erase(row.begin() + 1);
    row.pop_back();
    const Ratios ratios = ratios_of(result);
    if (floor) row.insert(row.end(), {ratio(ratios.throughput), ratio(ratios.p50), ratio(ratios.cpu)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::uint64_t errors_of(const std::vector<Result>& results) {
  std::uint64_t errors = 0;
  for (const Result& result : results) {
    for (const Measurement& m : result.server) errors += m.errors;
    for (const Measurement& m : result.floor) errors += m.errors;
  }
  return errors;
}

nlohmann::json json_report(const std::vector<Result>& results, const Conditions& conditions) {
  nlohmann::json scenarios = nlohmann::json::array();
  for (const Result& result : results) {
    nlohmann::json one = {{"scenario", result.scenario}, {"server", json_of(result.server)}};
    if (!result.floor.empty()) {
      const Ratios ratios = ratios_of(result);
      one["floor"] = json_of(result.floor);
      one["server_to_floor"] = {{"throughput", known(ratios.throughput)},
                                {"p50", known(ratios.p50)},
                                {"cpu_per_record", known(ratios.cpu)}};
    }
    scenarios.push_back(std::move(one));
  }
  return {{"machine", conditions.machine},
          {"durability", conditions.durability},
          {"shards", conditions.load.shards},
          {"connections", conditions.load.connections},
          {"client_threads", conditions.load.threads},
          {"seconds", conditions.load.duration.count()},
          {"record_bytes", kRecordBytes},
          {"fill_mb", conditions.load.fill_mb},
          {"repeat", conditions.repeat},
          {"scenarios", scenarios}};
}

}  // namespace

Section report(const std::vector<Result>& results, const Conditions& conditions, Layout layout) {
  Section section{"scenarios", {}, json_report(results, conditions), errors_of(results)};
  section.tables.push_back(layout == Layout::kMarkdown ? wide_table(results, conditions)
                                                       : long_table(results, conditions));
  return section;
}

}  // namespace millrace::bench
