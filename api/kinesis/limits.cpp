#include "api/kinesis/limits.h"

#include <algorithm>

namespace millrace::kinesis {

namespace {

constexpr Rate kBytesIn{1 << 20}, kRecordsIn{1000}, kBytesOut{2 << 20}, kReads{5}, kIterators{5}, kDryRuns{1};

constexpr auto kAccount = OperationLimit::Scope::account, kStream = OperationLimit::Scope::stream;
constexpr std::chrono::hours kDay{24};

// AWS counts the changes of a day by their results, this table by the requests.
constexpr OperationLimit kOperationLimits[] = {
    {"AddTagsToStream", kAccount, {5}},
    {"CreateStream", kAccount, {5}},
    {"DecreaseStreamRetentionPeriod", kStream, {5}},
    {"DeleteResourcePolicy", kAccount, {5}},
    {"DeleteStream", kAccount, {5}},
    {"DeregisterStreamConsumer", kStream, {5}},
    {"DescribeAccountSettings", kAccount, {5}},
    {"DescribeLimits", kAccount, {1}},
    {"DescribeStream", kAccount, {10}},
    {"DescribeStreamConsumer", kStream, {20}},
    {"DescribeStreamSummary", kAccount, {20}},
    {"DisableEnhancedMonitoring", kStream, {5}},
    {"EnableEnhancedMonitoring", kStream, {5}},
    {"GetResourcePolicy", kAccount, {5}},
    {"IncreaseStreamRetentionPeriod", kStream, {5}},
    {"ListShards", kStream, {1000}},
    {"ListStreamConsumers", kStream, {5}},
    {"ListStreams", kAccount, {5}},
    {"ListTagsForStream", kStream, {5}},
    {"MergeShards", kStream, {5}},
    {"PutResourcePolicy", kAccount, {5}},
    {"RegisterStreamConsumer", kStream, {5}},
    {"RemoveTagsFromStream", kStream, {5}},
    {"SplitShard", kStream, {5}},
    {"StartStreamEncryption", kStream, {25, kDay}},
    {"StopStreamEncryption", kStream, {25, kDay}},
    {"UpdateAccountSettings", kAccount, {5}},
    {"UpdateShardCount", kStream, {10, kDay}},
    {"UpdateStreamMode", kStream, {2, kDay}},
    {"UpdateStreamWarmThroughput", kAccount, {5}},
};

}  // namespace

bool Meter::fits(const Rate& rate, std::uint64_t amount, Time now) const {
  return idle(now) || used_ == 0 || used_ + amount <= rate.amount;
}

void Meter::use(const Rate& rate, std::uint64_t amount, Time now) {
  if (idle(now)) {
    begin_ = now;
    used_ = 0;
  }
  used_ += amount;
  const auto paid = rate.period * static_cast<std::int64_t>(used_) / static_cast<std::int64_t>(rate.amount);
  end_ = begin_ + std::max(rate.period, paid);
}

bool Meter::take(const Rate& rate, std::uint64_t amount, Time now) {
  if (!fits(rate, amount, now)) return false;
  use(rate, amount, now);
  return true;
}

std::chrono::milliseconds Meter::wait(const Rate& rate, Time now) const {
  return idle(now) || used_ < rate.amount ? std::chrono::milliseconds(0) : end_ - now;
}

const OperationLimit* limit_of(std::string_view operation) {
  const auto* const found = std::find_if(std::begin(kOperationLimits), std::end(kOperationLimits),
                                         [&](const OperationLimit& l) { return l.operation == operation; });
  return found == std::end(kOperationLimits) ? nullptr : found;
}

bool Limits::ShardMeters::idle(Time now) const {
  return bytes_in.idle(now) && records_in.idle(now) && bytes_out.idle(now) && reads.idle(now) &&
         iterators.idle(now);
}

template <class Key, class Value>
Value& Limits::Kept<Key, Value>::at(const Key& key, Time now) {
  if (values_.size() >= sweep_at_) {
    std::erase_if(values_, [&](const auto& entry) { return entry.second.idle(now); });
    sweep_at_ = std::max<std::size_t>(1024, 2 * values_.size());
  }
  return values_[key];
}

Limits::Limits(const Clock& clock, LimitsOptions options)
    : clock_(clock),
      options_(std::move(options)),
      on_(options_.aws || std::any_of(options_.streams.begin(), options_.streams.end(),
                                      [](const auto& entry) { return entry.second; })) {}

bool Limits::applies_to(std::string_view stream) const {
  const auto found = options_.streams.find(stream);
  return found == options_.streams.end() ? options_.aws : found->second;
}

bool Limits::take_operation(std::string_view operation, const Caller& caller, std::string_view stream,
                            bool stream_exists) {
  const OperationLimit* limit = limit_of(operation);
  if (!limit || !applies_to(stream)) return true;
  std::string key = std::string(operation) + '\n' + caller.account + '\n' + caller.region;
  if (limit->scope == kStream) {
    if (!stream_exists) return true;  // names that somebody makes up are not kept
    key += '\n' + std::string(stream);
  }
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  return operations_.at(key, now).take(limit->rate, 1, now);
}

bool Limits::take_put(const Stream& stream, const Shard& shard, std::size_t bytes) {
  if (!applies_to(stream.name)) return true;
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  ShardMeters& meters = shards_.at(stream.log_id(shard), now);
  if (!meters.bytes_in.fits(kBytesIn, bytes, now) || !meters.records_in.take(kRecordsIn, 1, now))
    return false;
  meters.bytes_in.use(kBytesIn, bytes, now);
  return true;
}

bool Limits::take_iterator(const Stream& stream, const Shard& shard) {
  if (!applies_to(stream.name)) return true;
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  return shards_.at(stream.log_id(shard), now).iterators.take(kIterators, 1, now);
}

bool Limits::take_dry_run(const Stream& stream) {
  if (!applies_to(stream.name)) return true;
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  return operations_.at("DryRun\n" + std::to_string(stream.number), now).take(kDryRuns, 1, now);
}

bool Limits::take_read(const Stream& stream, const Shard& shard) {
  if (!applies_to(stream.name)) return true;
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  ShardMeters& meters = shards_.at(stream.log_id(shard), now);
  return meters.bytes_out.fits(kBytesOut, 1, now) && meters.reads.take(kReads, 1, now);
}

void Limits::was_read(const Stream& stream, const Shard& shard, std::uint64_t bytes) {
  if (bytes == 0 || !applies_to(stream.name)) return;
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  shards_.at(stream.log_id(shard), now).bytes_out.use(kBytesOut, bytes, now);
}

std::chrono::milliseconds Limits::pushed(const Stream& stream, const Shard& shard, std::string_view consumer,
                                         std::uint64_t bytes) {
  if (!applies_to(stream.name)) return std::chrono::milliseconds(0);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  Meter& meter = pushes_.at({stream.log_id(shard), std::string(consumer)}, now);
  meter.use(kBytesOut, bytes, now);
  return meter.wait(kBytesOut, now);
}

}  // namespace millrace::kinesis
