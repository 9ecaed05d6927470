#include "api/kinesis/service.h"

#include "api/core/protocols/codec.h"
#include "api/kinesis/errors.h"

namespace millrace::kinesis {

extern const Operation kAddTagsToStream, kCreateStream, kDecreaseStreamRetentionPeriod, kDeleteResourcePolicy,
    kDeleteStream, kDeregisterStreamConsumer, kDescribeAccountSettings, kDescribeLimits, kDescribeStream,
    kDescribeStreamConsumer, kDescribeStreamSummary, kDisableEnhancedMonitoring, kEnableEnhancedMonitoring,
    kGetRecords, kGetResourcePolicy, kGetShardIterator, kIncreaseStreamRetentionPeriod, kListShards,
    kListStreamConsumers, kListStreams, kListTagsForResource, kListTagsForStream, kMergeShards, kPutRecord,
    kPutRecords, kPutResourcePolicy, kRegisterStreamConsumer, kRemoveTagsFromStream, kSplitShard,
    kStartStreamEncryption, kStopStreamEncryption, kSubscribeToShard, kTagResource, kUntagResource,
    kUpdateAccountSettings, kUpdateMaxRecordSize, kUpdateShardCount, kUpdateStreamMode,
    kUpdateStreamRecordDistributionStrategy, kUpdateStreamWarmThroughput;

namespace {

constexpr std::string_view kTargetPrefix = "Kinesis_20131202";

const Operation* const kOperations[] = {
    &kAddTagsToStream,
    &kCreateStream,
    &kDecreaseStreamRetentionPeriod,
    &kDeleteResourcePolicy,
    &kDeleteStream,
    &kDeregisterStreamConsumer,
    &kDescribeAccountSettings,
    &kDescribeLimits,
    &kDescribeStream,
    &kDescribeStreamConsumer,
    &kDescribeStreamSummary,
    &kDisableEnhancedMonitoring,
    &kEnableEnhancedMonitoring,
    &kGetRecords,
    &kGetResourcePolicy,
    &kGetShardIterator,
    &kIncreaseStreamRetentionPeriod,
    &kListShards,
    &kListStreamConsumers,
    &kListStreams,
    &kListTagsForResource,
    &kListTagsForStream,
    &kMergeShards,
    &kPutRecord,
    &kPutRecords,
    &kPutResourcePolicy,
    &kRegisterStreamConsumer,
    &kRemoveTagsFromStream,
    &kSplitShard,
    &kStartStreamEncryption,
    &kStopStreamEncryption,
    &kSubscribeToShard,
    &kTagResource,
    &kUntagResource,
    &kUpdateAccountSettings,
    &kUpdateMaxRecordSize,
    &kUpdateShardCount,
    &kUpdateStreamMode,
    &kUpdateStreamRecordDistributionStrategy,
    &kUpdateStreamWarmThroughput,
};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "kinesis",
                                       .protocols = bit_of(Protocol::json_1_1, Protocol::cbor_1_1),
                                       .target = kTargetPrefix,
                                       .operations = kOperations};
  return kModel;
}
const ServiceModel& Kinesis::model() const { return service_model(); }

Kinesis::Kinesis(storage::ShardLog& shard_log, storage::Catalog& catalog, const Clock& the_clock,
                 Probes& probes, KinesisOptions the_options)
    : log(shard_log),
      clock(the_clock),
      options(std::move(the_options)),
      streams(catalog, options.master_key),
      limits(clock, options.limits),
      faults(options.faults, options.fault_seed),
      shard_probes(probes, streams),
      losses(options.losses ? *options.losses : own_losses_),
      probes_(probes) {}

asio::awaitable<HttpResponse> Kinesis::handle(Request& request) {
  co_return co_await handle_rpc(service_model(), this, max_body(), request);
}

ApiError Kinesis::internal_failure() const { return internal(); }

// 10 MiB of data as base64, and the names and keys around 500 records.
std::uint64_t Kinesis::max_body() const { return 16u << 20; }

ApiError Kinesis::too_large() const {
  return ApiError(413, "RequestEntityTooLargeException", "")
      .with_detail("<RequestEntityTooLargeException/>\n");
}

std::shared_ptr<const std::string> Kinesis::policy_document(std::string_view arn) const {
  const auto place = parse_stream_arn(arn);
  if (!place) return nullptr;
  StreamPtr stream = streams.find(place->account, place->region, place->name);
  if (!stream) return nullptr;
  const std::string* policy = &stream->policy;
  if (!place->consumer.empty()) {
    const Consumer* const consumer = stream->find_consumer(place->consumer);
    if (!consumer || stream->arn_of(*consumer) != arn) return nullptr;
    policy = &consumer->policy;
  }
  if (policy->empty()) return nullptr;
  return {std::move(stream), policy};
}

void Kinesis::check_shard_quota(const std::string& account, const std::string& region,
                                std::int64_t more) const {
  const std::int64_t have = streams.totals(account, region).open_shards;
  if (more > 0 && have + more > options.max_shards)
    throw too_many_shards(account, region, have, options.max_shards, more);
}

StreamProbes::StreamProbes(Probes& registry, const Stream& stream)
    : series_(registry, {{"account", stream.account}, {"region", stream.region}, {"stream", stream.name}}),
      incoming_records(counter("incoming_records_total", "Records written (CloudWatch: IncomingRecords)")),
      incoming_bytes(counter("incoming_bytes_total", "Bytes of data written (CloudWatch: IncomingBytes)")),
      put_record_success(counter("put_record_success_total",
                                 "Successful PutRecord requests (CloudWatch: PutRecord.Success)")),
      put_record_bytes(counter("put_record_bytes_total",
                               "Bytes of data written by PutRecord (CloudWatch: PutRecord.Bytes)")),
      put_records_success(
          counter("put_records_success_total",
                  "PutRecords requests that wrote at least one record (CloudWatch: PutRecords.Success)")),
      put_records_records(
          counter("put_records_records_total",
                  "Records written by PutRecords (CloudWatch: PutRecords.SuccessfulRecords)")),
      put_records_bytes(counter("put_records_bytes_total",
                                "Bytes of data written by PutRecords (CloudWatch: PutRecords.Bytes)")),
      get_records_success(counter("get_records_success_total",
                                  "Successful GetRecords requests (CloudWatch: GetRecords.Success)")),
      get_records_records(counter("get_records_records_total",
                                  "Records read by GetRecords (CloudWatch: GetRecords.Records)")),
      get_records_bytes(
          counter("get_records_bytes_total", "Bytes read by GetRecords (CloudWatch: GetRecords.Bytes)")),
      subscribe_events(counter("subscribe_to_shard_events_total",
                               "Events pushed to consumers (CloudWatch: SubscribeToShardEvent.Success)")),
      subscribe_records(counter("subscribe_to_shard_records_total",
                                "Records pushed to consumers (CloudWatch: SubscribeToShardEvent.Records)")),
      subscribe_bytes(counter("subscribe_to_shard_bytes_total",
                              "Bytes pushed to consumers (CloudWatch: SubscribeToShardEvent.Bytes)")),
      writes_throttled(counter("writes_throttled_total",
                               "Records rejected because their shard's write rate was exceeded (CloudWatch: "
                               "WriteProvisionedThroughputExceeded)")),
      reads_throttled(counter("reads_throttled_total",
                              "GetRecords requests rejected because their shard's read rate was exceeded "
                              "(CloudWatch: ReadProvisionedThroughputExceeded)")),
      records_lost(series_.counter("millrace_log_records_lost_total",
                                   "Acknowledged records that can no longer be read")),
      get_records_age(series_.gauge("millrace_kinesis_get_records_iterator_age_seconds",
                                    "Age of the oldest record not yet read at the last GetRecords "
                                    "(CloudWatch: GetRecords.IteratorAgeMilliseconds)")) {}

std::shared_ptr<Counter> StreamProbes::counter(const char* name, const char* help) const {
  return series_.counter(std::string("millrace_kinesis_") + name, help);
}

std::shared_ptr<StreamProbes> Kinesis::known_probes(std::uint64_t stream) {
  const std::shared_lock lock(mutex_);
  const auto it = stream_probes_.find(stream);
  return it == stream_probes_.end() ? nullptr : it->second;
}

std::shared_ptr<StreamProbes> Kinesis::probes_of(const Stream& stream) {
  if (auto known = known_probes(stream.number)) return known;
  auto made = std::make_shared<StreamProbes>(probes_, stream);
  const std::unique_lock lock(mutex_);
  // Of a stream that was deleted meanwhile, nothing is kept.
  if (!streams.find(stream.number)) return made;
  return stream_probes_.try_emplace(stream.number, std::move(made)).first->second;
}

void Kinesis::forget_probes(const Stream& stream) {
  shard_probes.forget(stream.number);
  traffic_.forget(stream.number);
  losses.forget(stream.number);
  std::shared_ptr<StreamProbes> last;  // destroyed behind the lock
  const std::unique_lock lock(mutex_);
  if (auto found = stream_probes_.extract(stream.number)) last = std::move(found.mapped());
  empty_since_.erase(stream.number);
}

}  // namespace millrace::kinesis
