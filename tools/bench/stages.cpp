#include "tools/bench/stages.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "api/core/base64.h"
#include "api/core/md5_many.h"
#include "tools/bench/disk.h"
#include "tools/bench/measure.h"
#include "tools/bench/process.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kPage = 4096;

// A record as the parser leaves it: where its text stands in the body.
struct Entry {
  std::string_view data;  // base64
  std::string_view key;
};

void parse(simdjson::ondemand::parser& parser, const simdjson::padded_string& body,
           std::vector<Entry>& entries) {
  entries.clear();
  simdjson::ondemand::document document = parser.iterate(body);
  for (simdjson::ondemand::object record : document["Records"].get_array()) {
    Entry entry;
    for (auto field : record) {
      const std::string_view name = field.unescaped_key();
      std::string_view text = simdjson::ondemand::value(field.value()).raw_json_token();
      text = text.substr(1, text.rfind('"') - 1);  // the token runs on to the next one
      (name == "Data" ? entry.data : entry.key) = text;
    }
    entries.push_back(entry);
  }
}

// CPU of `once`, called again and again, in microseconds a call.
double cost_of(std::chrono::milliseconds duration, const std::function<void(std::size_t)>& once) {
  once(0);
  std::size_t calls = 0;
  const auto until = steady_clock::now() + duration;
  const double before = thread_cpu_seconds();
  while (steady_clock::now() < until) once(calls++);
  return (thread_cpu_seconds() - before) / static_cast<double>(calls) * 1e6;
}

}  // namespace

struct Stages::State {
  explicit State(const std::filesystem::path& parent) : directory(parent) {
    const Scenario& scenario = scenario_named("put_records_500");
    for (const std::string& bytes : put_requests(scenario, "host", "stream")) {
      bodies.emplace_back(std::string_view(bytes).substr(bytes.find("\r\n\r\n") + 4));
    }
    entries.resize(bodies.size());
    keys.resize(bodies.size());
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      parse(parser, bodies[i], entries[i]);
      for (const Entry& entry : entries[i]) keys[i].push_back(entry.key);
    }
    digests.resize(scenario.records);
    const std::filesystem::path file = directory.path() / "log";
    write_through(file);
    log = open_log(file, true);
    direct = log >= 0;
    if (!direct) log = open_log(file, false);
    const std::size_t room = scenario.records * (kRecordBytes + 64);
    decoded.resize(room);
    pages = page_aligned(room);
  }
  ~State() {
    close(log);
    std::free(pages);
  }

  void decode(std::size_t request) {
    char* out = decoded.data();
    for (const Entry& entry : entries[request % entries.size()]) {
      if (!base64_decode(entry.data, out)) throw std::logic_error("a stage's base64 is wrong");
      out += kRecordBytes;
    }
  }

  void hash(std::size_t request) { md5_many(keys[request % keys.size()], digests); }

  void append(std::size_t request) {
    std::size_t used = 0;
    std::size_t read = 0;
    for (const Entry& entry : entries[request % entries.size()]) {
      std::memcpy(pages + used, decoded.data() + read, kRecordBytes);
      std::memcpy(pages + used + kRecordBytes, entry.key.data(), entry.key.size());
      used += kRecordBytes + entry.key.size();
      read += kRecordBytes;
    }
    const std::size_t bytes = (used + kPage - 1) / kPage * kPage;
    if (at + bytes > kDiskFileBytes) at = 0;
    if (pwrite(log, pages, bytes, static_cast<off_t>(at)) != static_cast<ssize_t>(bytes)) {
      throw std::system_error(errno, std::generic_category(), "pwrite");
    }
    at += bytes;
  }

  TemporaryDirectory directory;
  std::vector<simdjson::padded_string> bodies;
  simdjson::ondemand::parser parser;
  std::vector<std::vector<Entry>> entries;  // of each body
  std::vector<Entry> parsed;
  std::vector<char> decoded;
  std::vector<std::vector<std::string_view>> keys;  // of each body
  std::vector<Md5Digest> digests;
  int log = -1;
  bool direct = false;
  char* pages = nullptr;
  std::size_t at = 0;
};

Stages::Stages(const std::filesystem::path& directory) : state_(std::make_unique<State>(directory)) {}
Stages::~Stages() = default;

bool Stages::direct() const { return state_->direct; }

StageCosts Stages::measure(std::chrono::milliseconds duration) {
  State& s = *state_;
  StageCosts costs;
  costs.parse =
      cost_of(duration, [&s](std::size_t i) { parse(s.parser, s.bodies[i % s.bodies.size()], s.parsed); });
  costs.base64 = cost_of(duration, [&s](std::size_t i) { s.decode(i); });
  costs.md5 = cost_of(duration, [&s](std::size_t i) { s.hash(i); });
  costs.append = cost_of(duration, [&s](std::size_t i) { s.append(i); });
  return costs;
}

Section stages_section(const std::filesystem::path& directory, std::chrono::milliseconds duration,
                       unsigned repeat) {
  Stages stages(directory);
  std::vector<StageCosts> runs;
  for (unsigned i = 0; i < repeat; ++i) runs.push_back(stages.measure(duration));
  const auto of = [&runs](const std::function<double(const StageCosts&)>& cost) {
    std::vector<double> values;
    for (const StageCosts& run : runs) values.push_back(cost(run));
    return median(std::move(values));
  };
  const double sum = of([](const StageCosts& c) { return c.sum(); });
  const double parse = of([](const StageCosts& c) { return c.parse; });
  const double base64 = of([](const StageCosts& c) { return c.base64; });
  const double md5 = of([](const StageCosts& c) { return c.md5; });
  const double append = of([](const StageCosts& c) { return c.append; });
  Section section{.name = "stages"};
  section.tables.push_back({.title = "The stages of PutRecords 500 x 1 KiB, each alone in one thread",
                            .header = {"stage", "CPU us a request"},
                            .rows = {{"parse (simdjson on demand)", number(parse)},
                                     {"base64 decode (the server's own)", number(base64)},
                                     {"MD5 of 500 keys (the server's own)", number(md5)},
                                     {fmt::format("append to a recycled file ({}, no sync)",
                                                  stages.direct() ? "O_DIRECT" : "buffered"),
                                      number(append)},
                                     {"sum", number(sum)}}});
  section.json = {{"parse_us", parse},   {"base64_us", base64},       {"md5_us", md5},
                  {"append_us", append}, {"direct", stages.direct()}, {"sum_us", sum}};
  return section;
}

}  // namespace millrace::bench
