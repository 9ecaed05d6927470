#include "api/kinesis/errors.h"

#include "storage/base/times.h"

namespace millrace::kinesis {

namespace {

using Text = std::string;

ApiError invalid_argument(const Text& message) { return {400, "InvalidArgumentException", message}; }

// "Thu Jan 22 01:22:02 UTC 2015", as Java prints a date.
Text java_date(Time t) { return utc_text(t, "%a %b %d %H:%M:%S UTC %Y"); }

// "arn:PARTITION:...".
std::string_view partition_in(std::string_view arn) {
  arn.remove_prefix(std::min(arn.find(':') + 1, arn.size()));
  return arn.substr(0, arn.find(':'));
}

ApiError scaling_error(const Text& why, std::int64_t target, std::int64_t have) {
  return {400, "LimitExceededException",
          why + " Current open shard count: " + std::to_string(have) +
              " Target shard count: " + std::to_string(target)};
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
ApiError stream_not_active(std::string_view name, std::string_view account, std::string_view status) {
  return {400, "ResourceInUseException",
          "Stream " + Text(name) + " under account " + Text(account) + " not ACTIVE, instead in state " +
              Text(status)};
}
ApiError access_denied(std::string_view account, std::string_view action, std::string_view resource,
                       bool explicitly) {
  const std::string_view partition = partition_in(resource);
  return {400, "AccessDeniedException",
          "User: arn:" + Text(partition) + ":iam::" + Text(account) +
              ":root is not authorized to perform: " + Text(action) + " on resource: " + Text(resource) +
              (explicitly ? " with an explicit deny in a resource-based policy"
                          : " because no resource-based policy allows the " + Text(action) + " action")};
}
ApiError consumer_reference_incomplete() {
  return invalid_argument("Either ConsumerARN or both StreamARN and ConsumerName should be provided.");
}
// moto, tests/test_kinesis/test_kinesis_stream_consumers.py.
ApiError consumer_not_found(std::string_view consumer, std::string_view account) {
  return {400, "ResourceNotFoundException",
          "Consumer " + Text(consumer) + ", account " + Text(account) + " not found."};
}
ApiError consumer_exists(std::string_view consumer, std::string_view stream) {
  return {400, "ResourceInUseException",
          "Consumer " + Text(consumer) + " of stream " + Text(stream) + " already exists."};
}
// awslabs/kinesis-hot-shard-advisor, issue 37.
ApiError consumer_not_active(std::string_view consumer, std::int64_t created_s, std::string_view stream,
                             std::string_view account) {
  return {400, "ResourceInUseException",
          "Consumer " + Text(consumer) + " with creation timestamp " + std::to_string(created_s) +
              " under stream: " + Text(stream) + " , account " + Text(account) + " is not in ACTIVE status."};
}
ApiError too_many_consumers(std::string_view stream, std::size_t limit) {
  return {400, "LimitExceededException",
          "Stream " + Text(stream) + " has reached the limit of " + std::to_string(limit) +
              " registered consumers."};
}
ApiError too_many_creating_consumers(std::size_t limit) {
  return {400, "LimitExceededException",
          "No more than " + std::to_string(limit) + " consumers of a stream can be CREATING at a time."};
}
// aws/aws-cli, issue 3580.
ApiError stream_has_consumers(std::string_view name, std::string_view account) {
  return {400, "ResourceInUseException",
          "DeleteStream can't delete " + Text(account) + ":" + Text(name) +
              " because there are consumers associated with this data stream. To delete " + Text(name) +
              " anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the "
              "consumers that are associated with it."};
}
// awslabs/amazon-kinesis-client, issue 391.
ApiError already_subscribed(std::string_view consumer, std::string_view shard, std::string_view stream,
                            std::string_view account) {
  return {400, "ResourceInUseException",
          "Another active subscription exists for this consumer: " + Text(account) + ":" + Text(stream) +
              ":" + Text(shard) + ":" + Text(consumer)};
}
ApiError invalid_policy(const Text& why) {
  return invalid_argument("The resource policy is not valid: " + why + ".");
}
ApiError policy_not_found(std::string_view resource) {
  return {400, "ResourceNotFoundException",
          "No resource policy found for resource ARN " + Text(resource) + "."};
}
ApiError resource_not_found(std::string_view arn) {
  return {400, "ResourceNotFoundException", "Resource " + Text(arn) + " not found."};
}
ApiError invalid_tag_characters() {
  return invalid_argument(
      "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = "
      "+ "
      "- % @ :.");
}
ApiError too_many_tags(std::string_view resource) {
  return invalid_argument("Failed to add tags to " + Text(resource) +
                          " because a given resource cannot have more than 50 tags associated with it.");
}
ApiError reserved_tag(std::string_view key) {
  return invalid_argument("Tag keys that begin with aws: are reserved: " + Text(key) + ".");
}
ApiError split_key_out_of_range(std::string_view key, std::string_view shard, std::string_view stream,
                                std::string_view account, std::string_view start, std::string_view end) {
  return invalid_argument("NewStartingHashKey " + Text(key) + " used in SplitShard() on shard " +
                          Text(shard) + " in stream " + Text(stream) + " under account " + Text(account) +
                          " is not both greater than one plus the shard's StartingHashKey " + Text(start) +
                          " and less than the shard's EndingHashKey " + Text(end) + ".");
}
ApiError shards_not_adjacent(std::string_view shard, std::string_view next, std::string_view stream,
                             std::string_view account) {
  return invalid_argument("Shards " + Text(shard) + " and " + Text(next) + " in stream " + Text(stream) +
                          " under account " + Text(account) +
                          " are not an adjacent pair of shards eligible for merging");
}
// mhart/kinesalite, issue 109.
ApiError shard_not_open(std::string_view shard, std::string_view stream, std::string_view account) {
  return invalid_argument("Shard " + Text(shard) + " in stream " + Text(stream) + " under account " +
                          Text(account) +
                          " has already been merged or split, and thus is not eligible for merging or "
                          "splitting.");
}
// moto, kinesis/exceptions.py.
ApiError only_provisioned(std::string_view stream, std::string_view account) {
  return {400, "ValidationException",
          "Request is invalid. Stream " + Text(stream) + " under account " + Text(account) +
              " is in On-Demand mode."};
}
ApiError only_on_demand(std::string_view stream, std::string_view account) {
  return {400, "ValidationException",
          "Warm throughput is only supported for streams in ON_DEMAND mode; stream " + Text(stream) +
              " under account " + Text(account) + " is in PROVISIONED mode."};
}
// mhart/kinesalite, pull request 48, and AWS's own texts in projen's constructs.
ApiError scaling_above_limit(std::int64_t target, std::int64_t have, std::int64_t limit) {
  return scaling_error(
      "Target shard count or number of open shards cannot be greater than " + std::to_string(limit) + ".",
      target, have);
}
ApiError scaling_above_double(std::int64_t target, std::int64_t have) {
  return scaling_error("UpdateShardCount cannot scale up over double your current open shard count.", target,
                       have);
}
ApiError scaling_below_half(std::int64_t target, std::int64_t have) {
  return scaling_error("UpdateShardCount cannot scale down below half your current open shard count.", target,
                       have);
}
ApiError distribution_needs_on_demand(std::string_view stream, std::string_view account) {
  return invalid_argument(
      "RecordDistributionStrategy is only supported for streams in ON_DEMAND mode; stream " + Text(stream) +
      " under account " + Text(account) + " is in PROVISIONED mode.");
}
ApiError mode_needs_partition_keys(std::string_view stream, std::string_view account) {
  return invalid_argument(
      "Stream " + Text(stream) + " under account " + Text(account) +
      " has the RecordDistributionStrategy AUTO, which streams in PROVISIONED mode cannot "
      "have. Set it to USER_PARTITION_KEY with UpdateStreamRecordDistributionStrategy first.");
}
ApiError ordering_needs_partition_keys(std::string_view stream, std::string_view account) {
  return invalid_argument(
      "SequenceNumberForOrdering is not supported for streams with the "
      "RecordDistributionStrategy AUTO, as stream " +
      Text(stream) + " under account " + Text(account) + " has it.");
}
ApiError partition_key_missing(const Text& path) {
  return {400, "ValidationException",
          "1 validation error detected: Value null at '" + path +
              "' failed to satisfy constraint: Member must not be null"};
}
// botocore, DryRunOperationException.
ApiError dry_run_succeeded() {
  return {400, "DryRunOperationException",
          "The request was rejected because the DryRun parameter was specified."};
}
ApiError dry_run_rate_exceeded(std::string_view stream, std::string_view account) {
  return {400, "ThrottlingException",
          "Rate of dry runs exceeded for stream " + Text(stream) + " under account " + Text(account) + "."};
}
ApiError same_shard_count(std::int64_t count) {
  return invalid_argument("The stream has " + std::to_string(count) + " open shards already.");
}
ApiError same_mode(std::string_view mode, std::string_view stream, std::string_view account) {
  return invalid_argument("Stream " + Text(stream) + " under account " + Text(account) + " is in " +
                          Text(mode) + " mode already.");
}
ApiError commitment_needed() {
  return invalid_argument(
      "Warm throughput needs MinimumThroughputBillingCommitment to be enabled for the account; see "
      "UpdateAccountSettings.");
}
ApiError warm_throughput_too_high(std::int64_t mibps, std::int64_t limit) {
  return {400, "LimitExceededException",
          "WarmThroughputMiBps " + std::to_string(mibps) + " is above the limit of " + std::to_string(limit) +
              "."};
}
ApiError not_encrypted_with(std::string_view key, std::string_view stream, std::string_view account) {
  return invalid_argument("Stream " + Text(stream) + " under account " + Text(account) +
                          " is not encrypted with key " + Text(key) + ".");
}
// KMS's own words for a key that it does not know.
ApiError kms_key_not_found(std::string_view key) {
  return {400, "KMSNotFoundException", "Invalid keyId '" + Text(key) + "'"};
}
ApiError encryption_type_not_kms() { return invalid_argument("EncryptionType must be KMS."); }
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
ApiError retention_not_longer(int wanted, int present, std::string_view stream) {
  return invalid_argument("Requested retention period (" + std::to_string(wanted) + " hours) for stream " +
                          Text(stream) + " can not be shorter than existing retention period (" +
                          std::to_string(present) + " hours). Use DecreaseRetentionPeriod API.");
}
ApiError retention_not_shorter(int wanted, int present, std::string_view stream) {
  return invalid_argument("Requested retention period (" + std::to_string(wanted) + " hours) for stream " +
                          Text(stream) + " can not be longer than existing retention period (" +
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
// apache/beam, issue 33478.
ApiError not_beside_token(std::string_view member) {
  return invalid_argument("NextToken and " + Text(member) + " cannot be provided together.");
}
ApiError invalid_token() { return invalid_argument("NextToken is invalid."); }
ApiError expired_token() { return {400, "ExpiredNextTokenException", "The pagination token has expired."}; }
ApiError internal() {
  return {500, "InternalFailure", "The request failed because of an internal error of the server."};
}

}  // namespace millrace::kinesis
