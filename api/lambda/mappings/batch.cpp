#include "api/lambda/mappings/batch.h"

#include <simdjson.h>

#include <algorithm>

#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/core/json.h"
#include "api/core/json_text.h"

namespace millrace::lambda {

namespace {

// The texts between the values of one record.
constexpr std::string_view kHead = R"({"kinesis":{"kinesisSchemaVersion":"1.0",)";
constexpr std::string_view kKey = R"("partitionKey":")";
constexpr std::string_view kBehindKey = R"(",)";
constexpr std::string_view kNumber = R"("sequenceNumber":")";
constexpr std::string_view kData = R"(","data":")";
constexpr std::string_view kArrival = R"(","approximateArrivalTimestamp":)";
constexpr std::string_view kId = R"(},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":")";
constexpr std::string_view kRole = R"(","eventName":"aws:kinesis:record","invokeIdentityArn":")";
constexpr std::string_view kRegion = R"(","awsRegion":")";
constexpr std::string_view kArn = R"(","eventSourceARN":")";
constexpr std::string_view kTail = "\"},";
constexpr std::string_view kOpen = R"({"Records":[)";

constexpr std::chrono::milliseconds kFirstPause{1000};
constexpr std::chrono::milliseconds kLongestPause{60'000};

std::size_t size_of(const EventSource& source, const EventRecord& r) {
  constexpr std::size_t fixed = kHead.size() + kKey.size() + kBehindKey.size() + kNumber.size() +
                                kData.size() + kArrival.size() + kId.size() + kRole.size() + kRegion.size() +
                                kArn.size() + kTail.size() + 1;
  return fixed + json_escaped_size(r.record.key) + 2 * r.sequence_number.size() +
         base64_encoded_size(r.record.data.size()) + json_seconds(r.record.arrival).size() +
         source.shard.size() + source.role.size() + source.region.size() + source.arn.size();
}

void append_record(std::string& out, const EventSource& source, const EventRecord& r) {
  out += kHead;
  if (!r.record.key.empty()) {  // it may be put without one
    out += kKey;
    append_json_escaped(out, r.record.key);
    out += kBehindKey;
  }
  out += kNumber;
  out += r.sequence_number;
  out += kData;
  const std::size_t at = out.size();
  out.resize(at + base64_encoded_size(r.record.data.size()));
  base64_encode(r.record.data, out.data() + at);
  out += kArrival;
  out += json_seconds(r.record.arrival);
  out += kId;
  out += source.shard;
  out += ':';
  out += r.sequence_number;
  out += kRole;
  out += source.role;
  out += kRegion;
  out += source.region;
  out += kArn;
  out += source.arn;
  out += kTail;
}

std::string whole_second(Time t) { return iso8601(t).substr(0, 19) + "Z"; }
std::string_view truth(bool b) { return b ? "true" : "false"; }

// What follows the records.
std::string close_of(const EventSource& source, const EventWindow& window) {
  if (!window.state) return "]}";
  const WindowState& w = *window.state;
  const bool early = window.final && w.state.size() > kMaxWindowStateBytes;
  std::string out = R"(],"window":{"start":")";
  out += whole_second(w.start);
  out += R"(","end":")";
  out += whole_second(w.end);
  out += R"("},"state":)";
  out += w.state;
  out += R"(,"shardId":")";
  out += source.shard;
  out += R"(","eventSourceARN":")";
  out += source.arn;
  out += R"(","isFinalInvokeForWindow":)";
  out += truth(window.final);
  out += R"(,"isWindowTerminatedEarly":)";
  out += truth(early);
  out += '}';
  return out;
}

// The place of the record that one element of batchItemFailures names; nullopt when it names none.
std::optional<std::size_t> place_of(const nlohmann::json& failure, std::span<const EventRecord> records) {
  if (!failure.is_object()) return std::nullopt;
  const auto id = failure.find("itemIdentifier");
  if (id == failure.end() || !id->is_string()) return std::nullopt;
  const auto& number = id->get_ref<const std::string&>();
  // Numbers of a batch ascend and have the same number of digits.
  const auto at =
      std::lower_bound(records.begin(), records.end(), number,
                       [](const EventRecord& r, const std::string& n) { return r.sequence_number < n; });
  if (at == records.end() || at->sequence_number != number) return std::nullopt;
  return static_cast<std::size_t>(at - records.begin());
}

}  // namespace

std::string kinesis_event(const EventSource& source, std::span<const EventRecord> records,
                          const EventWindow& window) {
  const std::string close = close_of(source, window);
  std::size_t size = kOpen.size() + close.size();
  for (const EventRecord& r : records) size += size_of(source, r);
  std::string out;
  out.reserve(size);
  out += kOpen;
  for (const EventRecord& r : records) append_record(out, source, r);
  if (!records.empty()) out.pop_back();
  out += close;
  return out;
}

std::size_t records_that_fit(const EventSource& source, std::span<const EventRecord> records,
                             const EventWindow& window) {
  std::size_t size = kOpen.size() + close_of(source, window).size(), count = 0;
  for (const EventRecord& r : records) {
    size += size_of(source, r);
    if (count > 0 && size > kMaxBatchBytes) break;
    ++count;
  }
  return count;
}

BatchAnswer read_batch_answer(std::string_view answer, std::span<const EventRecord> records) {
  constexpr BatchAnswer none{0};
  const BatchAnswer all{records.size()};
  const nlohmann::json json = parse_json(answer);
  if (json.is_discarded()) return answer.empty() ? all : none;
  if (json.is_null() || json == "" || (json.is_array() && json.empty())) return all;
  if (!json.is_object()) return none;
  const auto failures = json.find("batchItemFailures");
  if (failures == json.end() || failures->is_null()) return all;
  if (!failures->is_array()) return none;
  BatchAnswer out = all;
  for (const nlohmann::json& failure : *failures) {
    const auto at = place_of(failure, records);
    if (!at) return none;
    out.settled = std::min(out.settled, *at);
  }
  return out;
}

WindowState window_of(Time arrival, std::chrono::seconds length) {
  const auto since = arrival.time_since_epoch();
  const Time start{since - since % length};
  return {start, start + length};
}

std::optional<std::string> read_window_answer(std::string_view answer) {
  const JsonMembers members = json_members(answer, {"state"});
  const auto state = members.find("state");
  if (state == members.end() || !state->second.starts_with('{') || !is_json(state->second))
    return std::nullopt;
  // Without white space, which its bound must not count.
  std::string out(state->second.size(), '\0');
  std::size_t size = 0;
  if (simdjson::minify(state->second.data(), state->second.size(), out.data(), size) != simdjson::SUCCESS)
    return std::nullopt;
  out.resize(size);
  return out;
}

std::chrono::milliseconds retry_pause(unsigned failures, double jitter) {
  std::chrono::milliseconds pause = kFirstPause;
  for (unsigned i = 1; i < failures && pause < kLongestPause; ++i) pause *= 2;
  pause = std::min(pause, kLongestPause);
  const auto off = static_cast<std::int64_t>(static_cast<double>(pause.count()) / 2 * jitter);
  return pause - std::chrono::milliseconds(off);
}

}  // namespace millrace::lambda
