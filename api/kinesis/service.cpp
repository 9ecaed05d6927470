#include "api/kinesis/service.h"

#include "api/core/aws_json.h"
#include "api/kinesis/errors.h"

namespace millrace::kinesis {

extern const Operation kCreateStream, kDecreaseStreamRetentionPeriod, kDeleteStream, kDescribeStream,
    kDescribeStreamSummary, kGetRecords, kGetShardIterator, kIncreaseStreamRetentionPeriod, kListShards,
    kListStreams, kPutRecord, kPutRecords;

namespace {

constexpr std::string_view kTargetPrefix = "Kinesis_20131202";

const Operation* const kOperations[] = {
    &kCreateStream,
    &kDecreaseStreamRetentionPeriod,
    &kDeleteStream,
    &kDescribeStream,
    &kDescribeStreamSummary,
    &kGetRecords,
    &kGetShardIterator,
    &kIncreaseStreamRetentionPeriod,
    &kListShards,
    &kListStreams,
    &kPutRecord,
    &kPutRecords,
};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

Kinesis::Kinesis(storage::ShardLog& shard_log, storage::Catalog& catalog, const Clock& the_clock,
                 Probes& probes, KinesisOptions the_options)
    : log(shard_log), clock(the_clock), options(the_options), streams(catalog), probes_(probes) {}

asio::awaitable<HttpResponse> Kinesis::handle(Request& request) {
  HttpResponse response = co_await handle_aws_json(kOperations, this, kTargetPrefix, request);
  response.headers.set("Content-Type", "application/x-amz-json-1.1");
  co_return response;
}

HttpResponse Kinesis::error(const ApiError& e, const Request&) const { return aws_json_error(e); }
ApiError Kinesis::internal_failure() const { return internal(); }

// 10 MiB of data as base64, and the names and keys around 500 records.
std::uint64_t Kinesis::max_body() const { return 16u << 20; }

ApiError Kinesis::too_large() const {
  return ApiError(413, "RequestEntityTooLargeException", "")
      .with_detail("<RequestEntityTooLargeException/>\n");
}

StreamProbes& Kinesis::probes_of(const Stream& stream) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto it = stream_probes_.find(stream.number); it != stream_probes_.end()) return *it->second;
  }
  const std::vector<std::pair<std::string, std::string>> labels{
      {"account", stream.account}, {"region", stream.region}, {"stream", stream.name}};
  const auto counter = [&](const char* name, const char* help) -> Counter& {
    return probes_.counter(std::string("millrace_kinesis_") + name, help, labels);
  };
  const std::unique_lock lock(mutex_);
  auto& made = stream_probes_[stream.number];
  if (!made)
    made = std::make_unique<StreamProbes>(StreamProbes{
        counter("incoming_records_total", "Records taken (CloudWatch: IncomingRecords)"),
        counter("incoming_bytes_total", "Bytes of data taken (CloudWatch: IncomingBytes)"),
        counter("put_record_success_total",
                "PutRecord requests that succeeded (CloudWatch: PutRecord.Success)"),
        counter("put_records_success_total",
                "PutRecords requests that took a record (CloudWatch: PutRecords.Success)"),
        counter("put_records_records_total",
                "Records taken by PutRecords (CloudWatch: PutRecords.SuccessfulRecords)"),
        counter("get_records_success_total",
                "GetRecords requests that succeeded (CloudWatch: GetRecords.Success)"),
        counter("get_records_records_total", "Records read by GetRecords (CloudWatch: GetRecords.Records)"),
        counter("get_records_bytes_total", "Bytes read by GetRecords (CloudWatch: GetRecords.Bytes)"),
        probes_.gauge("millrace_kinesis_get_records_iterator_age_seconds",
                      "Age of what the last GetRecords had yet to read (CloudWatch: "
                      "GetRecords.IteratorAgeMilliseconds)",
                      labels)});
  return *made;
}

asio::awaitable<void> Kinesis::enforce_retention() {
  for (const std::uint64_t number : streams.deleted()) {
    or_throw(co_await log.drop(number));
    co_await streams.dropped(number);
  }
  for (const StreamPtr& stream : streams.all()) {
    const Time horizon = clock.now() - std::chrono::hours(stream->retention_hours);
    for (const Shard& shard : stream->shards) {
      const storage::ShardId id = stream->log_id(shard);
      const storage::Index keep = or_throw(co_await log.find(id, horizon));
      if (keep > or_throw(log.bounds(id)).first) or_throw(co_await log.trim(id, keep));
    }
  }
}

}  // namespace millrace::kinesis
