#include "api/kinesis/service.h"

#include "api/core/aws_json.h"
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
    kUpdateStreamWarmThroughput;

namespace {

constexpr std::string_view kTargetPrefix = "Kinesis_20131202";
// How long a record may be on its way to the log, sealed with the key of when it came.
constexpr std::chrono::minutes kPutPatience{1};

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
    &kUpdateStreamWarmThroughput,
};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

Kinesis::Kinesis(storage::ShardLog& shard_log, storage::Catalog& catalog, const Clock& the_clock,
                 Probes& probes, KinesisOptions the_options)
    : log(shard_log),
      clock(the_clock),
      options(std::move(the_options)),
      streams(catalog, options.master_key),
      limits(clock, options.limits),
      faults(options.faults, options.fault_seed),
      shard_probes(probes, streams),
      probes_(probes) {}

asio::awaitable<HttpResponse> Kinesis::handle(Request& request) {
  co_return co_await handle_aws_json(kOperations, this, kTargetPrefix, max_body(), request);
}

HttpResponse Kinesis::error(const ApiError& e, const Request& request) const {
  return aws_json_error(e, request.cbor);
}
ApiError Kinesis::internal_failure() const { return internal(); }

// 10 MiB of data as base64, and the names and keys around 500 records.
std::uint64_t Kinesis::max_body() const { return 16u << 20; }

ApiError Kinesis::too_large() const {
  return ApiError(413, "RequestEntityTooLargeException", "")
      .with_detail("<RequestEntityTooLargeException/>\n");
}

// GetRecords: the records, and their base64 in the answer. Of a compressed body, what it may become.
std::uint64_t Kinesis::answer_memory(const HttpRequest& head) const {
  const bool reads = head.headers.get("x-amz-target").ends_with(".GetRecords");
  return (reads ? kMaxReadBytes / 5 * 12 : 0) + (sends_gzip(head) ? max_body() : 0);
}

void Kinesis::check_shard_quota(const std::string& account, const std::string& region,
                                std::int64_t more) const {
  const std::int64_t have = streams.open_shards(account, region);
  if (more > 0 && have + more > options.max_shards)
    throw too_many_shards(account, region, have, options.max_shards, more);
}

StreamProbes::StreamProbes(Probes& registry, const Stream& stream)
    : series_(registry, {{"account", stream.account}, {"region", stream.region}, {"stream", stream.name}}),
      incoming_records(counter("incoming_records_total", "Records taken (CloudWatch: IncomingRecords)")),
      incoming_bytes(counter("incoming_bytes_total", "Bytes of data taken (CloudWatch: IncomingBytes)")),
      put_record_success(counter("put_record_success_total",
                                 "PutRecord requests that succeeded (CloudWatch: PutRecord.Success)")),
      put_record_bytes(counter("put_record_bytes_total",
                               "Bytes of data taken by PutRecord (CloudWatch: PutRecord.Bytes)")),
      put_records_success(counter("put_records_success_total",
                                  "PutRecords requests that took a record (CloudWatch: PutRecords.Success)")),
      put_records_records(counter("put_records_records_total",
                                  "Records taken by PutRecords (CloudWatch: PutRecords.SuccessfulRecords)")),
      put_records_bytes(counter("put_records_bytes_total",
                                "Bytes of data taken by PutRecords (CloudWatch: PutRecords.Bytes)")),
      get_records_success(counter("get_records_success_total",
                                  "GetRecords requests that succeeded (CloudWatch: GetRecords.Success)")),
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
                               "Records refused for their shard's rate (CloudWatch: "
                               "WriteProvisionedThroughputExceeded)")),
      reads_throttled(counter("reads_throttled_total",
                              "GetRecords requests refused for their shard's rate (CloudWatch: "
                              "ReadProvisionedThroughputExceeded)")),
      get_records_age(series_.gauge("millrace_kinesis_get_records_iterator_age_seconds",
                                    "Age of what the last GetRecords had yet to read (CloudWatch: "
                                    "GetRecords.IteratorAgeMilliseconds)")) {}

std::shared_ptr<Counter> StreamProbes::counter(const char* name, const char* help) const {
  return series_.counter(std::string("millrace_kinesis_") + name, help);
}

std::shared_ptr<StreamProbes> Kinesis::probes_of(const Stream& stream) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto it = stream_probes_.find(stream.number); it != stream_probes_.end()) return it->second;
  }
  auto made = std::make_shared<StreamProbes>(probes_, stream);
  const std::unique_lock lock(mutex_);
  // Of a stream that was deleted meanwhile, nothing is kept.
  if (!streams.find(stream.number)) return made;
  return stream_probes_.try_emplace(stream.number, std::move(made)).first->second;
}

void Kinesis::forget_probes(const Stream& stream) {
  shard_probes.forget(stream.number);
  std::shared_ptr<StreamProbes> last;  // destroyed behind the lock
  const std::unique_lock lock(mutex_);
  if (auto found = stream_probes_.extract(stream.number)) last = std::move(found.mapped());
}

asio::awaitable<void> Kinesis::enforce_retention() {
  std::optional<StorageFailure> failure;
  for (const std::uint64_t number : streams.deleted()) {
    or_throw(co_await log.drop(number));
    co_await streams.dropped(number);
  }
  const std::vector<StreamPtr> all = streams.all();
  for (const StreamPtr& stream : all) {
    try {
      co_await enforce_retention(stream);
    } catch (const StorageFailure& e) {
      if (!failure) failure = e;
    }
  }
  if (failure) throw *failure;
}

asio::awaitable<void> Kinesis::enforce_retention(StreamPtr stream) {
  const Time horizon = clock.now() - std::chrono::hours(stream->retention_hours);
  const auto horizon_s = static_cast<std::uint64_t>(horizon.time_since_epoch().count() / 1000);
  std::set<std::uint32_t> expired;  // closed so long ago that none of their records is left
  for (const Shard& shard : stream->shards) {
    const storage::ShardId id = stream->log_id(shard);
    const storage::Index keep = or_throw(co_await log.find(id, horizon));
    if (keep > or_throw(log.bounds(id)).first) or_throw(co_await log.trim(id, keep));
    if (shard.closed_s && *shard.closed_s < horizon_s) expired.insert(shard.number);
  }
  // Behind its last record, a data key is destroyed too.
  const auto spent = [&](const DataKey& key) { return key.retired && *key.retired + kPutPatience < horizon; };
  if (expired.empty() && std::none_of(stream->data_keys.begin(), stream->data_keys.end(), spent)) co_return;
  co_await streams.update(stream, [&](Stream& s) {
    std::erase_if(s.shards, [&](const Shard& shard) { return expired.contains(shard.number); });
    std::erase_if(s.data_keys, spent);
  });
  if (!expired.empty()) shard_probes.forget(stream->number);
}

}  // namespace millrace::kinesis
