#include "tools/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace millrace::bench {
namespace {

using Row = std::vector<std::string>;

constexpr std::string_view kNone = "-";

// Three digits that count, whatever the size.
std::string number(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}
std::string number(std::optional<double> value) { return value ? number(*value) : std::string(kNone); }
std::string ratio(std::optional<double> value) { return value ? number(*value) + "x" : std::string(kNone); }

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

// The first columns, of names, are set left, figures right.
std::string lines_of(const std::vector<Row>& rows, std::size_t names) {
  std::vector<std::size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text +=
          i < names ? fmt::format("{:<{}}  ", row[i], widths[i]) : fmt::format("{:>{}}  ", row[i], widths[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string markdown_row(const Row& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string conditions_line(const Conditions& c) {
  return fmt::format(
      "{}.\nDurability {}, {} shards, {} connections, {} client thread{} on the same machine; records of {} "
      "bytes; medians of {} run{} of {} s.\n",
      c.machine, c.durability, c.load.shards, c.load.connections, c.load.threads,
      c.load.threads == 1 ? "" : "s", kRecordBytes, c.repeat, c.repeat == 1 ? "" : "s",
      c.load.duration.count());
}

nlohmann::json json_of(const Measurement& m) {
  const auto known = [](std::optional<double> value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
  };
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

}  // namespace

std::string text_report(const std::vector<Result>& results, const Conditions& conditions) {
  std::vector<Row> rows = {{"scenario", "", "req/s", "records/s", "MB/s", "p50 ms", "p99 ms", "p99.9 ms",
                            "CPU s/M rec", "RSS MB", "client CPU s", "errors"}};
  for (const Result& result : results) {
    rows.push_back(figures_row(result.scenario, "server", median(result.server)));
    if (result.floor.empty()) continue;
    rows.push_back(figures_row("", "floor", median(result.floor)));
    const Ratios ratios = ratios_of(result);
    rows.push_back({"", "server/floor", "", ratio(ratios.throughput), "", ratio(ratios.p50), "", "",
                    ratio(ratios.cpu), "", "", ""});
  }
  return conditions_line(conditions) + "\n" + lines_of(rows, 2);
}

std::string markdown_report(const std::vector<Result>& results, const Conditions& conditions) {
  const bool floor = std::ranges::any_of(results, [](const Result& r) { return !r.floor.empty(); });
  Row header = {"scenario",
                "requests/s",
                "records/s",
                "MB/s",
                "p50 ms",
                "p99 ms",
                "p99.9 ms",
                "server CPU s per 10^6 records",
                "server peak RSS MB",
                "client CPU s"};
  if (floor) header.insert(header.end(), {"throughput / floor", "p50 / floor", "CPU / floor"});
  std::string text = conditions_line(conditions);
  if (floor) text += "The floor is a server that reads the requests and writes canned answers.\n";
  text += "\n" + markdown_row(header) + "|---|";
  for (std::size_t i = 1; i < header.size(); ++i) text += "--:|";
  text += "\n";
  for (const Result& result : results) {
    Row row = figures_row(result.scenario, "", median(result.server));
    row.erase(row.begin() + 1);
    row.pop_back();
    const Ratios ratios = ratios_of(result);
    if (floor) row.insert(row.end(), {ratio(ratios.throughput), ratio(ratios.p50), ratio(ratios.cpu)});
    text += markdown_row(row);
  }
  return text;
}

nlohmann::json json_report(const std::vector<Result>& results, const Conditions& conditions) {
  nlohmann::json scenarios = nlohmann::json::array();
  const auto known = [](std::optional<double> value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
  };
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

}  // namespace millrace::bench
