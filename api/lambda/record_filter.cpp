#include "api/lambda/record_filter.h"

#include "api/core/json.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxPatternBytes = 4096;

EventPattern pattern_of(const std::string& text) {
  if (text.size() > kMaxPatternBytes) throw BadPattern("The pattern is longer than 4096 characters");
  const Json json = parse_json(text);
  if (json.is_discarded()) throw BadPattern("The pattern is no JSON");
  if (json.is_object() && json.contains("data") && !json["data"].is_object())
    throw BadPattern("\"data\" must be an object");
  return EventPattern(json);
}

}  // namespace

RecordFilter::RecordFilter(std::vector<std::string> patterns) : texts_(std::move(patterns)) {
  for (const std::string& text : texts_) patterns_.push_back(pattern_of(text));
}

bool RecordFilter::passes(const EventRecord& r) const {
  Json document{{"kinesisSchemaVersion", "1.0"},
                {"partitionKey", r.record.key},
                {"sequenceNumber", r.sequence_number},
                {"approximateArrivalTimestamp",
                 static_cast<double>(r.record.arrival.time_since_epoch().count()) / 1000}};
  // What is no JSON has no "data" that a pattern could match; {"exists": false} is no way around that.
  Json data = parse_json(r.record.data);
  const bool readable = !data.is_discarded();
  if (readable) document["data"] = std::move(data);
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const EventPattern& pattern) {
    return (readable || !pattern.names("data")) && pattern.matches(document);
  });
}

}  // namespace millrace::lambda
