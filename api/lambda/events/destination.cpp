#include "api/lambda/events/destination.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/core/arn.h"
#include "api/core/dates.h"
#include "api/core/json.h"

namespace millrace::lambda {

namespace {

// /YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<unique>
std::string dated(Time now, const std::string& unique) {
  const std::string time = iso8601(now);  // 2026-01-31T12:34:56.000Z
  const std::string year = time.substr(0, 4), month = time.substr(5, 2), day = time.substr(8, 2);
  const std::string clock = time.substr(11, 2) + "." + time.substr(14, 2) + "." + time.substr(17, 2);
  return "/" + year + "/" + month + "/" + day + "/" + time.substr(0, 10) + "T" + clock + "-" + unique;
}

// Text as a JSON string; bytes that are no UTF-8 are replaced.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A payload as a value of a notice: as it came, without a document of it; a string where it is no JSON, or
// JSON that is too deep for those who read notices.
std::string value_of(const std::string& payload) { return is_json(payload) ? payload : quoted(payload); }

// An absolute URL without user, password, blanks and control characters.
bool is_endpoint(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view rest = text.substr(scheme.size());
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    const auto is_plain = [](unsigned char c) { return c > ' ' && c < 0x7F && c != '\\'; };
    return !authority.empty() && authority.front() != ':' && authority.find('@') == authority.npos &&
           std::all_of(rest.begin(), rest.end(), is_plain);
  }
  return false;
}

}  // namespace

std::optional<Destination> parse_destination(const std::string& text, const std::string& account,
                                             const std::string& region) {
  using Kind = Destination::Kind;
  const auto behind = [&](const std::string& head) -> std::optional<std::string> {
    if (!text.starts_with(head) || text.size() == head.size()) return std::nullopt;
    return text.substr(head.size());
  };
  if (is_endpoint(text)) return Destination{Kind::endpoint, text};
  auto name = behind("arn:" + std::string(partition_of(region)) + ":s3:::");
  if (name && name->find('/') == std::string::npos) return Destination{Kind::bucket, std::move(*name)};
  name = behind(arn_of("kinesis", region, account, "stream/"));
  if (name && name->find('/') == std::string::npos) return Destination{Kind::stream, std::move(*name)};
  name = behind(arn_of("lambda", region, account, "function:"));
  if (name) return Destination{Kind::function, text};
  return std::nullopt;
}

std::string failure_notice(const GivenUp& batch, Time now, bool whole) {
  using Json = nlohmann::ordered_json;
  const bool too_old = batch.why == GivenUp::Why::record_too_old;
  Json out;
  out["requestContext"] = {{"requestId", batch.request_id},
                           {"functionArn", batch.function_arn},
                           {"condition", too_old ? "RecordAgeExceeded" : "RetryAttemptsExhausted"},
                           {"approximateInvokeCount", batch.invocations}};
  if (!too_old) {
    Json& response = out["responseContext"];
    response = {{"statusCode", 200}, {"executedVersion", batch.version}, {"functionError", nullptr}};
    if (batch.function_error) response["functionError"] = *batch.function_error;
  }
  out["version"] = "1.0";
  out["timestamp"] = iso8601(now);
  Json& info = out["KinesisBatchInfo"];
  info["shardId"] = batch.source.shard;
  if (!batch.records.empty()) {
    const EventRecord &first = batch.records.front(), &last = batch.records.back();
    info["startSequenceNumber"] = first.sequence_number;
    info["endSequenceNumber"] = last.sequence_number;
    info["approximateArrivalOfFirstRecord"] = iso8601(first.record.arrival);
    info["approximateArrivalOfLastRecord"] = iso8601(last.record.arrival);
  }
  info["batchSize"] = batch.records.size();
  info["streamArn"] = batch.stream_arn;
  std::string text = out.dump();
  if (!whole && !batch.records.empty()) return text;
  text.pop_back();
  text += R"(,"payload":)";
  text += kinesis_event(batch.source, batch.records, {batch.window, batch.records.empty()});
  text += '}';
  return text;
}

std::string event_notice(const EventOutcome& outcome, Time now) {
  using Json = nlohmann::ordered_json;
  using enum EventOutcome::Condition;
  const char* const condition = outcome.condition == success   ? "Success"
                                : outcome.condition == too_old ? "EventAgeExceeded"
                                                               : "RetriesExhausted";
  Json out;
  out["version"] = "1.0";
  out["timestamp"] = iso8601(now);
  out["requestContext"] = {{"requestId", outcome.request_id},
                           {"functionArn", outcome.function_arn},
                           {"condition", condition},
                           {"approximateInvokeCount", outcome.invocations}};
  std::string text = out.dump();
  text.pop_back();
  text += R"(,"requestPayload":)" + value_of(outcome.request);
  if (const auto& response = outcome.response) {
    Json context = {{"statusCode", 200}, {"executedVersion", response->version}};
    if (response->function_error) context["functionError"] = *response->function_error;
    text += R"(,"responseContext":)" + context.dump();
    text += R"(,"responsePayload":)" + value_of(response->payload);
  }
  text += '}';
  return text;
}

std::string event_object_key(const std::string& function, Time now, const std::string& unique) {
  return "aws/lambda/async/" + function + dated(now, unique);
}

std::string failure_object_key(const std::string& mapping, const std::string& shard, Time now,
                               const std::string& unique) {
  return "aws/lambda/" + mapping + "/" + shard + dated(now, unique);
}

}  // namespace millrace::lambda
