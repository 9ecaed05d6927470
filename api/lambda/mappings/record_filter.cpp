#include "api/lambda/mappings/record_filter.h"

#include <algorithm>
#include <optional>

#include "api/core/json.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxPatternBytes = 4096;

EventPattern pattern_of(const std::string& text) {
  if (text.size() > kMaxPatternBytes) throw BadPattern("The pattern is longer than 4096 characters");
  const Json json = parse_json(text);
  if (json.is_discarded()) throw BadPattern("The pattern is not JSON");
  if (json.is_object() && json.contains("data") && !json["data"].is_object())
    throw BadPattern("\"data\" must be an object");
  return EventPattern(json);
}

// A record's data, of as many values as a record may hold; is_discarded() when it is no JSON. nullopt: it is
// JSON that is nested too deeply.
std::optional<Json> json_of(std::string_view data) {
  Json json = parse_json(data);
  if (!json.is_discarded()) return json;
  const JsonCheck::Form form = check_json(data).form;
  if (form == JsonCheck::Form::good) return Json::parse(data, nullptr, false);
  if (form == JsonCheck::Form::too_deep && check_json(data, data.size()).form == JsonCheck::Form::good)
    return std::nullopt;
  return json;
}

}  // namespace

RecordFilter::RecordFilter(std::vector<std::string> patterns) : texts_(std::move(patterns)) {
  for (const std::string& text : texts_) {
    EventPattern pattern = pattern_of(text);
    const bool names_data = pattern.names("data");
    patterns_.push_back({std::move(pattern), names_data});
  }
}

RecordFilter::Verdict RecordFilter::judge(const EventRecord& r) const {
  Json document{{"kinesisSchemaVersion", "1.0"},
                {"sequenceNumber", r.sequence_number},
                {"approximateArrivalTimestamp",
                 static_cast<double>(r.record.arrival.time_since_epoch().count()) / 1000}};
  if (!r.record.key.empty()) document["partitionKey"] = r.record.key;
  // What is no JSON has no "data" that a pattern could match; {"exists": false} is no way around that.
  bool readable = false;
  if (std::any_of(patterns_.begin(), patterns_.end(), [](const Pattern& p) { return p.names_data; })) {
    std::optional<Json> data = json_of(r.record.data);
    if (!data) return Verdict::too_costly;
    readable = !data->is_discarded();
    if (readable) document["data"] = std::move(*data);
  }
  PatternBudget budget;
  try {
    const bool passes = std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& p) {
      return (readable || !p.names_data) && p.pattern.matches(document, budget);
    });
    return passes ? Verdict::passes : Verdict::left_out;
  } catch (const PatternTooCostly&) {
    return Verdict::too_costly;
  }
}

}  // namespace millrace::lambda
