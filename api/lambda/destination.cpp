#include "api/lambda/destination.h"

#include <nlohmann/json.hpp>

#include "api/core/dates.h"

namespace millrace::lambda {

namespace {

// /YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<unique>
std::string dated(Time now, const std::string& unique) {
  const std::string time = iso8601(now);  // 2026-01-31T12:34:56.000Z
  const std::string year = time.substr(0, 4), month = time.substr(5, 2), day = time.substr(8, 2);
  const std::string clock = time.substr(11, 2) + "." + time.substr(14, 2) + "." + time.substr(17, 2);
  return "/" + year + "/" + month + "/" + day + "/" + time.substr(0, 10) + "T" + clock + "-" + unique;
}

}  // namespace

std::optional<Destination> parse_destination(const std::string& text, const std::string& account,
                                             const std::string& region) {
  using Kind = Destination::Kind;
  const auto behind = [&](const std::string& head) -> std::optional<std::string> {
    if (!text.starts_with(head) || text.size() == head.size()) return std::nullopt;
    return text.substr(head.size());
  };
  if (behind("http://") || behind("https://")) return Destination{Kind::endpoint, text};
  auto name = behind("arn:aws:s3:::");
  if (name && name->find('/') == std::string::npos) return Destination{Kind::bucket, std::move(*name)};
  name = behind("arn:aws:kinesis:" + region + ":" + account + ":stream/");
  if (name && name->find('/') == std::string::npos) return Destination{Kind::stream, std::move(*name)};
  name = behind("arn:aws:lambda:" + region + ":" + account + ":function:");
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
  out["requestPayload"] = Json::parse(outcome.request, nullptr, false);
  if (const auto& response = outcome.response) {
    Json& context = out["responseContext"];
    context = {{"statusCode", 200}, {"executedVersion", response->version}};
    if (response->function_error) context["functionError"] = *response->function_error;
    Json payload = Json::parse(response->payload, nullptr, false);
    // A function may answer what is no JSON.
    out["responsePayload"] = payload.is_discarded() ? Json(response->payload) : std::move(payload);
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string event_object_key(const std::string& function, Time now, const std::string& unique) {
  return "aws/lambda/async/" + function + dated(now, unique);
}

std::string failure_object_key(const std::string& mapping, const std::string& shard, Time now,
                               const std::string& unique) {
  return "aws/lambda/" + mapping + "/" + shard + dated(now, unique);
}

}  // namespace millrace::lambda
