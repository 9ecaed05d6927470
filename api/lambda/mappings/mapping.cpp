#include "api/lambda/mappings/mapping.h"

#include <algorithm>

#include "api/core/arn.h"
#include "api/core/rows.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kConsumer = "/consumer/";

Json json_of(const std::vector<LanePositions>& ahead) {
  Json out = Json::array();
  for (const LanePositions& lanes : ahead) {
    Json& positions = out.emplace_back(Json::array());
    for (const storage::Index at : lanes) positions.push_back(at.value);
  }
  return out;
}

std::vector<LanePositions> ahead_of(const Json& j) {
  std::vector<LanePositions> out;
  for (const Json& positions : j) {
    LanePositions& lanes = out.emplace_back();
    for (const Json& at : positions) lanes.push_back({at.get<std::uint64_t>()});
  }
  return out;
}

}  // namespace

std::string Mapping::arn() const { return arn_of("lambda", region, account, "event-source-mapping:" + uuid); }

bool Mapping::reads_from(const SourceStream& of) const {
  if (source_arn.find(kConsumer) == std::string::npos) return true;
  return std::find(of.consumers.begin(), of.consumers.end(), source_arn) != of.consumers.end();
}

std::string Mapping::stream_arn() const { return source_arn.substr(0, source_arn.find(kConsumer)); }

std::size_t Mapping::lanes() const {
  return tumbling_window_s > 0 ? 1 : static_cast<std::size_t>(parallelization);
}

std::string row_of(const Mapping& m) {
  Json j{{"version", 1},
         {"uuid", m.uuid},
         {"account", m.account},
         {"region", m.region},
         {"source_arn", m.source_arn},
         {"stream", m.stream},
         {"function", m.function},
         {"function_arn", m.function_arn},
         {"starting_position", m.starting_position},
         {"enabled", m.enabled},
         {"deleting", m.deleting},
         {"batch_size", m.batch_size},
         {"batching_window_s", m.batching_window_s},
         {"parallelization", m.parallelization},
         {"tumbling_window_s", m.tumbling_window_s},
         {"maximum_retry_attempts", m.maximum_retry_attempts},
         {"maximum_record_age_s", m.maximum_record_age_s},
         {"bisect", m.bisect},
         {"report_batch_item_failures", m.report_batch_item_failures},
         {"modified_ms", ms_of(m.modified)}};
  if (!m.qualifier.empty()) j["qualifier"] = m.qualifier;
  if (!m.on_failure.empty()) j["on_failure"] = m.on_failure;
  if (!m.tags.empty()) j["tags"] = m.tags;
  if (m.filter) j["filters"] = m.filter->patterns();
  if (m.starting_timestamp) j["starting_timestamp_ms"] = ms_of(*m.starting_timestamp);
  return j.dump();
}

Mapping mapping_of(const std::string& row) {
  const Json j = parse_row(row, "an event source mapping's");
  Mapping m;
  m.uuid = j.at("uuid");
  m.account = j.at("account");
  m.region = j.at("region");
  m.source_arn = j.at("source_arn");
  m.stream = j.at("stream");
  m.function = j.at("function");
  m.function_arn = j.at("function_arn");
  m.starting_position = j.at("starting_position");
  if (j.contains("starting_timestamp_ms")) m.starting_timestamp = time_of(j["starting_timestamp_ms"]);
  m.enabled = j.at("enabled");
  m.deleting = j.at("deleting");
  m.batch_size = j.at("batch_size");
  m.batching_window_s = j.at("batching_window_s");
  m.parallelization = j.value("parallelization", 1);
  m.tumbling_window_s = j.value("tumbling_window_s", 0);
  m.qualifier = j.value("qualifier", std::string());
  m.on_failure = j.value("on_failure", std::string());
  m.tags = j.value("tags", std::map<std::string, std::string>());
  m.maximum_retry_attempts = j.at("maximum_retry_attempts");
  m.maximum_record_age_s = j.at("maximum_record_age_s");
  m.bisect = j.at("bisect");
  m.report_batch_item_failures = j.at("report_batch_item_failures");
  if (j.contains("filters"))
    m.filter = std::make_shared<const RecordFilter>(j["filters"].get<std::vector<std::string>>());
  m.modified = time_of(j.at("modified_ms"));
  return m;
}

std::string row_of(const Checkpoint& c) {
  Json j{{"version", 1}, {"stream", c.stream}, {"next", c.next.value}, {"finished", c.finished}};
  if (!c.ahead.empty()) j["ahead"] = json_of(c.ahead);
  if (c.window)
    j["window"] = {
        {"start_ms", ms_of(c.window->start)}, {"end_ms", ms_of(c.window->end)}, {"state", c.window->state}};
  return j.dump();
}

Checkpoint checkpoint_of(const std::string& row) {
  const Json j = parse_row(row, "an event source mapping's");
  Checkpoint c{j.at("stream"), {j.at("next").get<std::uint64_t>()}, j.at("finished")};
  if (j.contains("ahead")) c.ahead = ahead_of(j["ahead"]);
  if (j.contains("window")) {
    const Json& w = j["window"];
    c.window = WindowState{time_of(w.at("start_ms")), time_of(w.at("end_ms")), w.at("state")};
  }
  return c;
}

}  // namespace millrace::lambda
