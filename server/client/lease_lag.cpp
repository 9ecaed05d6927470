#include "server/client/lease_lag.h"

namespace millrace {

namespace {

using Json = nlohmann::json;

// A range without records may take several requests.
constexpr int kMaxRequests = 20;

bool is_sequence_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

Lag unknown(std::string reason) { return {.reason = std::move(reason)}; }

Lag read_lag(const Lease& lease, const std::string& stream, JsonService& kinesis) {
  Json position = {{"StreamName", stream}, {"ShardId", lease.shard}, {"ShardIteratorType", "TRIM_HORIZON"}};
  if (is_sequence_number(lease.checkpoint)) {
    position["ShardIteratorType"] = "AT_SEQUENCE_NUMBER";
    position["StartingSequenceNumber"] = lease.checkpoint;
  }
  Json iterator = kinesis.call("GetShardIterator", position).at("ShardIterator");
  for (int requests = 1;; ++requests) {
    const Json answer = kinesis.call("GetRecords", {{"ShardIterator", iterator}, {"Limit", 1}});
    const Lag lag = lag_of(answer, lease.checkpoint);
    const auto next = answer.find("NextShardIterator");
    const bool empty = answer.at("Records").empty() && lag.state == Lag::State::behind;
    if (!empty || next == answer.end() || !next->is_string() || requests == kMaxRequests) return lag;
    iterator = *next;
  }
}

}  // namespace

Lag lag_of(const Json& answer, const std::string& checkpoint) {
  const std::chrono::milliseconds time(answer.value("MillisBehindLatest", std::int64_t{0}));
  const Json& records = answer.at("Records");
  const bool waits = !records.empty() && records[0].at("SequenceNumber") != checkpoint;
  if (waits) return {.state = Lag::State::behind, .time = time, .at_least = true};
  if (time.count() == 0) return {.state = Lag::State::at_end};
  return {.state = Lag::State::behind, .time = time, .at_least = records.empty()};
}

Lag lag_of(const Lease& lease, const std::string& stream, JsonService& kinesis) {
  if (lease.checkpoint == "SHARD_END") return {.state = Lag::State::finished};
  if (lease.checkpoint == "LATEST" || lease.checkpoint == "AT_TIMESTAMP")
    return {.state = Lag::State::not_begun};
  if (lease.checkpoint != "TRIM_HORIZON" && !is_sequence_number(lease.checkpoint))
    return unknown("the checkpoint is not a position in a shard");
  if (stream.empty()) return unknown("the lease table does not name the stream; specify it with --stream");
  try {
    return read_lag(lease, stream, kinesis);
  } catch (const Json::exception&) {
    return unknown("the server answered in an unknown form");
  } catch (const std::exception& e) {
    return unknown(e.what());
  }
}

}  // namespace millrace
