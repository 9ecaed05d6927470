#include "api/kinesis/errors.h"

#include <ctime>

namespace millrace::kinesis {

namespace {

using Text = std::string;

ApiError invalid_argument(const Text& message) { return {400, "InvalidArgumentException", message}; }

// "Thu Jan 22 01:22:02 UTC 2015", as Java prints a date.
Text java_date(Time t) {
  const std::time_t s = t.time_since_epoch().count() / 1000;
  std::tm parts{};
  gmtime_r(&s, &parts);
  char out[64];
  std::strftime(out, sizeof out, "%a %b %d %H:%M:%S UTC %Y", &parts);
  return out;
}

Text number_context(std::string_view number, std::string_view shard, std::string_view stream,
                    std::string_view account) {
  return "StartingSequenceNumber " + Text(number) + " used in GetShardIterator on shard " + Text(shard) +
         " in stream " + Text(stream) + " under account " + Text(account) + " is invalid";
}

}  // namespace

ApiError stream_not_found(std::string_view name, std::string_view account) {
  return {400, "ResourceNotFoundException",
          "Stream " + Text(name) + " under account " + Text(account) + " not found."};
}
ApiError shard_not_found(std::string_view shard, std::string_view stream, std::string_view account) {
  return {400, "ResourceNotFoundException",
          "Shard " + Text(shard) + " in stream " + Text(stream) + " under account " + Text(account) +
              " does not exist"};
}
ApiError no_such_shard_id(std::string_view shard, std::string_view stream, std::string_view account) {
  return {400, "ResourceNotFoundException",
          "Could not find shard " + Text(shard) + " in stream " + Text(stream) + " under account " +
              Text(account) + "."};
}
ApiError stream_exists(std::string_view name, std::string_view account) {
  return {400, "ResourceInUseException",
          "Stream " + Text(name) + " under account " + Text(account) + " already exists."};
}
ApiError stream_changing(std::string_view name, std::string_view account) {
  return {
      400, "ResourceInUseException",
      "Stream " + Text(name) + " under account " + Text(account) + " not ACTIVE, instead in state UPDATING"};
}
ApiError no_stream_named() { return invalid_argument("Either StreamName or StreamARN should be provided."); }
ApiError names_disagree(std::string_view name, std::string_view arn) {
  return invalid_argument("StreamName " + Text(name) + " and StreamARN " + Text(arn) +
                          " name different streams.");
}
ApiError shard_count_missing() {
  return {400, "ValidationException", "ShardCount must be specified for streams in PROVISIONED mode."};
}
ApiError not_supported(const Text& what) { return invalid_argument(what); }
ApiError hash_key_out_of_range(std::string_view key) {
  return invalid_argument(
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was " +
      Text(key));
}
ApiError record_too_large(std::size_t limit, std::size_t size, const Text& path) {
  const Text n = std::to_string(size);
  return {400, "ValidationException",
          "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=" + n + " cap=" + n +
              "]' at '" + path +
              "' failed to satisfy constraint: Member must have length less than or equal to " +
              std::to_string(limit)};
}
ApiError request_too_large() { return invalid_argument("Records size exceeds 10 MB limit"); }
ApiError too_many_shards(std::string_view account, std::string_view region, std::int64_t have,
                         std::int64_t limit, std::int64_t more) {
  return {400, "LimitExceededException",
          "This request would exceed the shard limit for the account " + Text(account) + " in " +
              Text(region) + ". Current shard count for the account: " + std::to_string(have) +
              ". Limit: " + std::to_string(limit) +
              ". Number of additional shards that would have resulted from this request: " +
              std::to_string(more) + ". Raise --max-shards to allow more."};
}
ApiError operation_rate_exceeded(std::string_view stream, std::string_view account) {
  return {400, "LimitExceededException",
          stream.empty()
              ? "Rate exceeded for account " + Text(account) + "."
              : "Rate exceeded for stream " + Text(stream) + " under account " + Text(account) + "."};
}
ApiError shard_rate_exceeded(std::string_view shard, std::string_view stream, std::string_view account) {
  return {400, "ProvisionedThroughputExceededException",
          "Rate exceeded for shard " + Text(shard) + " in stream " + Text(stream) + " under account " +
              Text(account) + "."};
}
ApiError retention_too_short(int hours, int minimum) {
  return invalid_argument("Minimum allowed retention period is " + std::to_string(minimum) +
                          " hours. Requested retention period (" + std::to_string(hours) +
                          " hours) is too short.");
}
ApiError retention_too_long(int hours, int maximum) {
  return invalid_argument("Maximum allowed retention period is " + std::to_string(maximum) +
                          " hours. Requested retention period (" + std::to_string(hours) +
                          " hours) is too long.");
}
ApiError retention_not_longer(int wanted, int present) {
  return invalid_argument("Requested retention period (" + std::to_string(wanted) +
                          " hours) for stream can not be shorter than existing retention period (" +
                          std::to_string(present) + " hours). Use DecreaseRetentionPeriod API.");
}
ApiError retention_not_shorter(int wanted, int present) {
  return invalid_argument("Requested retention period (" + std::to_string(wanted) +
                          " hours) for stream can not be longer than existing retention period (" +
                          std::to_string(present) + " hours). Use IncreaseRetentionPeriod API.");
}
ApiError invalid_iterator() { return invalid_argument("Invalid ShardIterator."); }
ApiError expired_iterator(Time created, Time now) {
  return {400, "ExpiredIteratorException",
          "Iterator expired. The iterator was created at time " + java_date(created) +
              " while right now it is " + java_date(now) +
              " which is further in the future than the tolerated delay of 300000 milliseconds."};
}
ApiError iterator_needs_timestamp() {
  return invalid_argument(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no "
      "timestamp "
      "parameter.");
}
ApiError iterator_timestamp_in_future(Time wanted, Time now) {
  return invalid_argument(
      "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
      "timestampInMillis: " +
      std::to_string(wanted.time_since_epoch().count()) +
      ", currentTimestampInMillis: " + std::to_string(now.time_since_epoch().count()));
}
ApiError iterator_type_and_number(std::string_view type, bool with_number) {
  return invalid_argument(
      "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) "
      "TRIM_HORIZON "
      "or LATEST and no StartingSequenceNumber. Request specified " +
      Text(type) + (with_number ? " and also a StartingSequenceNumber." : " and no StartingSequenceNumber."));
}
ApiError number_of_other_shard(std::string_view encodes, std::string_view used_with) {
  return invalid_argument("Invalid StartingSequenceNumber. It encodes " + Text(encodes) +
                          ", while it was used in a call to a shard with " + Text(used_with));
}
ApiError number_of_other_stream(std::string_view number, std::string_view shard, std::string_view stream,
                                std::string_view account) {
  return invalid_argument(number_context(number, shard, stream, account) +
                          " because it did not come from this stream.");
}
ApiError invalid_number(std::string_view number, std::string_view shard, std::string_view stream,
                        std::string_view account) {
  return invalid_argument(number_context(number, shard, stream, account) + ".");
}
ApiError invalid_ordering_number(std::string_view number, std::string_view stream, std::string_view account) {
  return invalid_argument("ExclusiveMinimumSequenceNumber " + Text(number) + " used in PutRecord on stream " +
                          Text(stream) + " under account " + Text(account) + " is invalid.");
}
ApiError token_or_stream_missing() {
  return invalid_argument("Either NextToken or StreamName should be provided.");
}
ApiError token_and_stream() {
  return invalid_argument("NextToken and StreamName cannot be provided together.");
}
ApiError invalid_token() { return invalid_argument("NextToken is invalid."); }
ApiError expired_token() { return {400, "ExpiredNextTokenException", "The pagination token has expired."}; }
ApiError internal() {
  return {500, "InternalFailure", "The request failed because of an internal error of the server."};
}

}  // namespace millrace::kinesis
