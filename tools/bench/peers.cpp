#include "tools/bench/peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <stdexcept>

#include "tools/bench/acknowledged.h"
#include "tools/bench/control.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/process.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kKillAfter = 3s;
constexpr auto kReadAgainLimit = 60s;

struct Rates {
  std::optional<double> batches_per_s;  // records, by PutRecords
  std::optional<double> singles_per_s;  // records, by PutRecord
  std::optional<double> read_per_s;
};

// What one server did; a part that failed has no figure, and `trouble` says why.
struct Outcome {
  std::string name;
  std::string keeps;
  Rates rates;
  Rates beside;  // Millrace's, right after these: the machine is not as fast at all times
  std::optional<double> cpu_s_per_million;
  std::optional<double> memory_mb;
  std::uint64_t memory_records = 0;
  std::optional<double> left;  // share of the acknowledged records
  std::uint64_t acknowledged = 0;
  bool read_to_end = true;
  std::optional<double> start_again_s;
  std::vector<std::string> trouble;
};

using Start = std::function<Instance()>;

// The beginning of a text, on one line.
std::string brief(std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 200));
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::isspace(c) || c == '|'; }, ' ');
  return text;
}

// Runs a part of the comparison; what it throws is trouble of the server, and the next part goes on.
void part(Outcome& outcome, const std::string& name, const std::function<void()>& body) {
  fmt::print(stderr, "{} ({}): {}\n", outcome.name, outcome.keeps, name);
  try {
    body();
  } catch (const std::exception& e) {
    const std::string what = e.what();
    if (what == "interrupted") throw;
    outcome.trouble.push_back(fmt::format("{}: {}", name, brief(what)));
    fmt::print(stderr, "  {}\n", outcome.trouble.back());
  }
}

// The rate, if anything was answered; errors beside it are trouble.
std::optional<double> rate_of(Outcome& outcome, const std::string& name, const Measurement& m) {
  if (m.errors > 0) {
    outcome.trouble.push_back(
        fmt::format("{}: {} errors, the first: {}", name, m.errors, brief(m.first_error)));
    fmt::print(stderr, "  {}\n", outcome.trouble.back());
  }
  fmt::print(stderr, "  {:.0f} records/s\n", m.records_per_s);
  if (m.records_per_s > 0) return m.records_per_s;
  return std::nullopt;
}

void rates(Outcome& outcome, const Start& start, const Options& o) {
  Instance instance = start();
  Control control(instance.endpoint(), instance.host());
  const std::string stream = new_stream_name();
  control.create_stream(stream, o.load.shards);
  const auto load = [&](const std::string& name, const std::function<void(LoadPlan&)>& complete) {
    LoadPlan plan = plan_of(scenario_named(name), instance, o.load);
    complete(plan);
    return run_load(std::move(plan), instance, o.load.duration);
  };
  part(outcome, "PutRecords", [&] {
    const Measurement m = load("put_records_500", [&](LoadPlan& plan) {
      plan.requests = put_requests(plan.scenario, instance.host(), stream);
    });
    outcome.rates.batches_per_s = rate_of(outcome, "PutRecords", m);
    outcome.cpu_s_per_million = m.cpu_s_per_million;
  });
  part(outcome, "GetRecords", [&] {
    const Measurement m =
        load("get_records_1000", [&](LoadPlan& plan) { plan.iterators = control.first_iterators(stream); });
    outcome.rates.read_per_s = rate_of(outcome, "GetRecords", m);
  });
  part(outcome, "PutRecord", [&] {
    const Measurement m = load("put_record", [&](LoadPlan& plan) {
      plan.requests = put_requests(plan.scenario, instance.host(), stream);
    });
    outcome.rates.singles_per_s = rate_of(outcome, "PutRecord", m);
  });
}

void memory(Outcome& outcome, const Start& start, const Options& o) {
  Instance instance = start();
  const std::string stream = new_stream_name();
  Control(instance.endpoint(), instance.host()).create_stream(stream, o.load.shards);
  const LoadCounts counts = fill_for(put_requests(scenario_named("put_records_500"), instance.host(), stream),
                                     o.peer_records, std::chrono::seconds(o.peer_fill_seconds), instance);
  if (counts.errors > 0) {
    outcome.trouble.push_back(
        fmt::format("filling: {} errors, the first: {}", counts.errors, brief(counts.first_error)));
  }
  outcome.memory_records = counts.records;
  if (counts.records > 0) outcome.memory_mb = memory_mb(*instance.pid());
}

void left_after_kill(Outcome& outcome, const Start& start, const Options& o) {
  Instance instance = start();
  const std::string stream = new_stream_name();
  Control(instance.endpoint(), instance.host()).create_stream(stream, o.load.shards);
  const Acknowledged acknowledged = put_until_killed(stream, instance, kKillAfter);
  outcome.acknowledged = acknowledged.size();
  if (acknowledged.empty()) throw std::runtime_error("no record was acknowledged");
  outcome.start_again_s = static_cast<double>(instance.start_again().count()) / 1000;
  try {
    const Found found = find_again(acknowledged, stream, instance, kReadAgainLimit);
    outcome.left = static_cast<double>(found.records) / static_cast<double>(acknowledged.size());
    outcome.read_to_end = found.complete;
  } catch (const std::runtime_error& e) {
    const std::string what = e.what();
    if (what.find("ResourceNotFound") == what.npos) throw;
    outcome.left = 0;  // the stream itself is gone
  }
}

Outcome run(const std::string& name, const std::string& keeps, const Start& start, const Start& millrace,
            const Options& o) {
  Outcome outcome{.name = name, .keeps = keeps};
  part(outcome, "rates", [&] { rates(outcome, start, o); });
  part(outcome, "Millrace's rates beside it", [&] {
    Outcome beside{.name = "Millrace", .keeps = "beside " + name};
    rates(beside, millrace, o);
    outcome.beside = beside.rates;
    for (const std::string& trouble : beside.trouble) outcome.trouble.push_back("Millrace: " + trouble);
  });
  part(outcome, "memory", [&] { memory(outcome, start, o); });
  part(outcome, "kill -9", [&] { left_after_kill(outcome, start, o); });
  return outcome;
}

std::string in_words(std::uint64_t records) {
  return records >= 1'000'000 ? fmt::format("{:.2f}M", static_cast<double>(records) / 1e6)
                              : fmt::format("{:.0f}k", static_cast<double>(records) / 1e3);
}

// Never rounded up to a whole that is not there.
std::string percent(double share) {
  return share >= 1 ? "100 %" : fmt::format("{:.2f} %", std::min(share * 100, 99.99));
}

std::string times(std::optional<double> ours, std::optional<double> theirs) {
  return ours && theirs ? ratio(*ours / *theirs) : "-";
}

Row row_of(const Outcome& o) {
  return {o.name,
          o.keeps,
          number(o.rates.batches_per_s),
          number(o.rates.singles_per_s),
          number(o.rates.read_per_s),
          number(o.cpu_s_per_million),
          number(o.memory_mb),
          o.memory_records > 0 ? in_words(o.memory_records) : "-",
          o.left ? percent(*o.left) + (o.read_to_end ? "" : " (time ran out)") : "-",
          in_words(o.acknowledged),
          number(o.start_again_s),
          times(o.beside.batches_per_s, o.rates.batches_per_s),
          times(o.beside.singles_per_s, o.rates.singles_per_s),
          times(o.beside.read_per_s, o.rates.read_per_s)};
}

nlohmann::json json_of(const Rates& r) {
  return {{"put_records_records_per_s", known(r.batches_per_s)},
          {"put_record_records_per_s", known(r.singles_per_s)},
          {"get_records_records_per_s", known(r.read_per_s)}};
}

nlohmann::json json_of(const Outcome& o) {
  return {{"server", o.name},
          {"keeps", o.keeps},
          {"rates", json_of(o.rates)},
          {"rates_of_millrace_beside_it", json_of(o.beside)},
          {"cpu_s_per_million_in", known(o.cpu_s_per_million)},
          {"memory_mb", known(o.memory_mb)},
          {"memory_records", o.memory_records},
          {"left_after_kill", known(o.left)},
          {"acknowledged", o.acknowledged},
          {"read_to_end", o.read_to_end},
          {"start_again_s", known(o.start_again_s)},
          {"trouble", o.trouble}};
}

}  // namespace

Section peers_section(const Options& o) {
  std::vector<Outcome> outcomes;
  const std::string durability = o.durability.empty() ? "fsync" : o.durability;
  const Start millrace = [&] { return Instance::millrace(o.fresh(durability)); };
  outcomes.push_back(run("Millrace", durability, millrace, millrace, o));
  Section section{.name = "peers", .json = nlohmann::json::array(), .errors = outcomes[0].trouble.size()};
  for (const Peer& peer : all_peers(o.peer_cache)) {
    if (!o.peer_names.empty() && std::ranges::find(o.peer_names, peer.package) == o.peer_names.end())
      continue;
    const std::string missing = install(peer, o.peer_cache);
    if (!missing.empty()) {
      fmt::print(stderr, "{}: not installed: {}\n", peer.name, missing);
      outcomes.push_back({.name = peer.name, .keeps = peer.keeps, .trouble = {"not installed: " + missing}});
      continue;
    }
    const Start start = [&] { return Instance::peer(peer.command, o.directory); };
    outcomes.push_back(run(peer.name, peer.keeps, start, millrace, o));
  }
  Table table{
      .title = "Millrace and its peers",
      .notes = {fmt::format("{}.", machine_line(o.directory)),
                fmt::format(
                    "The same load on each, {} shards, {} connections, records of 1 KiB, {} s a rate, one "
                    "run; limits off or raised. CPU and memory with child processes. The last three columns: "
                    "by how "
                    "much Millrace's rates right after them were higher.",
                    o.load.shards, o.load.connections, o.load.duration.count()),
                fmt::format(
                    "RSS after {} records or {} s of PutRecords; left: share of the records "
                    "acknowledged in {} s of puts that are readable after kill -9 under that load and a "
                    "start with the same arguments, read for at most {} s.",
                    in_words(o.peer_records), o.peer_fill_seconds, std::chrono::seconds(kKillAfter).count(),
                    std::chrono::seconds(kReadAgainLimit).count())},
      .header = {"server", "keeps data in", "PutRecords 500, records/s", "PutRecord, records/s",
                 "GetRecords, records/s", "CPU s per 10^6 in", "RSS MB", "after records", "left", "of",
                 "start s", "Millrace PutRecords", "PutRecord", "GetRecords"},
      .names = 2};
  for (const Outcome& outcome : outcomes) {
    table.rows.push_back(row_of(outcome));
    section.json.push_back(json_of(outcome));
    for (const std::string& trouble : outcome.trouble) {
      table.notes.push_back(fmt::format("- {} ({}): {}", outcome.name, outcome.keeps, trouble));
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace millrace::bench
