#include "tools/bench/stages.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <stdexcept>
#include <vector>

#include "api/core/base64.h"
#include "api/core/md5_many.h"
#include "tools/bench/disk.h"
#include "tools/bench/process.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

constexpr int kRounds = 40;

struct Found {
  std::vector<std::string_view> keys, data;
};

std::string_view text_of(simdjson::ondemand::value value) {
  const std::string_view token = value.raw_json_token();
  return token.substr(1, token.find('"', 1) - 1);
}

Found parse(const simdjson::padded_string& body, simdjson::ondemand::parser& parser) {
  Found found;
  auto document = parser.iterate(body).value();
  for (auto record : document["Records"].get_array()) {
    for (auto field : record.get_object()) {
      auto& to = field.unescaped_key().value() == "Data" ? found.data : found.keys;
      to.push_back(text_of(field.value()));
    }
  }
  return found;
}

// Microseconds for one body, over all bodies and rounds.
template <class Work>
double cost_of(std::size_t bodies, Work&& work) {
  for (std::size_t i = 0; i < bodies; ++i) work(i);
  const double before = thread_cpu_seconds();
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < bodies; ++i) work(i);
  return (thread_cpu_seconds() - before) / kRounds / static_cast<double>(bodies) * 1e6;
}

}  // namespace

Stages measure_stages(const std::filesystem::path& directory) {
  const Scenario& scenario = scenario_named("put_records_500");
  std::vector<simdjson::padded_string> bodies;
  for (const std::string& request : put_requests(scenario, "localhost", "stages"))
    bodies.emplace_back(std::string_view(request).substr(request.find("\r\n\r\n") + 4));
  simdjson::ondemand::parser parser;
  std::vector<Found> found;
  for (const auto& body : bodies) found.push_back(parse(body, parser));
  for (const Found& f : found)
    if (f.keys.size() != scenario.records || f.data.size() != scenario.records)
      throw std::runtime_error("the stages do not find the records of a request");

  Stages stages;
  stages.parse = cost_of(bodies.size(), [&](std::size_t i) { (void)parse(bodies[i], parser); });
  std::vector<char> decoded(scenario.records * kRecordBytes);
  stages.base64 = cost_of(bodies.size(), [&](std::size_t i) {
    char* out = decoded.data();
    for (const std::string_view text : found[i].data) {
      if (!base64_decode(text, out)) throw std::runtime_error("the stages made bad base64");
      out += kRecordBytes;
    }
  });
  std::vector<Md5Digest> digests(scenario.records);
  stages.md5 = cost_of(bodies.size(), [&](std::size_t i) { md5_many(found[i].keys, digests); });
  stages.append = measure_disk(directory, FileKind::recycled, true, false, decoded.size()).cpu_us;
  stages.sync =
      measure_disk(directory, FileKind::recycled, true, true, decoded.size()).cpu_us - stages.append;
  return stages;
}

std::string stages_report(const Stages& s) {
  return fmt::format(
      "A PutRecords request of 500 x 1 KiB, stage by stage, us of CPU: parse {:.0f}, base64 {:.0f}, MD5 "
      "{:.0f}, "
      "append {:.0f} (+ {:.0f} with fdatasync); in all {:.0f} ({:.0f}).\n",
      s.parse, s.base64, s.md5, s.append, s.sync, s.sum(false), s.sum(true));
}

}  // namespace millrace::bench
