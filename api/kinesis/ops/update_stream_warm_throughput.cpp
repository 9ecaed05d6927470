// UpdateStreamWarmThroughput: an on-demand stream gets the shards for a throughput before it comes, or gives
// back those that neither it nor its traffic asks for. Source: Kinesis API reference,
// UpdateStreamWarmThroughput.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/warm_throughput.h"

namespace millrace::kinesis {

namespace {

struct UpdateStreamWarmThroughputInput {
  std::optional<std::string> arn, name;
  int mibps = 0;
};
constexpr auto kInput = shape<UpdateStreamWarmThroughputInput>(
    field("StreamARN", &UpdateStreamWarmThroughputInput::arn, kStreamArn), kStreamId,
    field("StreamName", &UpdateStreamWarmThroughputInput::name, kStreamName),
    field("WarmThroughputMiBps", &UpdateStreamWarmThroughputInput::mibps, required, kNatural));

struct UpdateStreamWarmThroughputOutput {
  std::string arn, name;
  WarmThroughput throughput;
};
constexpr auto kOutput = shape<UpdateStreamWarmThroughputOutput>(
    field("StreamARN", &UpdateStreamWarmThroughputOutput::arn),
    field("StreamName", &UpdateStreamWarmThroughputOutput::name),
    field("WarmThroughput", &UpdateStreamWarmThroughputOutput::throughput, kWarmThroughput));

asio::awaitable<UpdateStreamWarmThroughputOutput> update_stream_warm_throughput(
    Kinesis& k, const Caller& caller, UpdateStreamWarmThroughputInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  if (!stream->on_demand()) throw only_on_demand(stream->name, stream->account);
  check_warm_throughput(k, caller, in.mibps);
  PendingChange change;
  change.kind = PendingChange::Kind::scale;
  change.count = std::max<std::uint32_t>(shards_for(stream->peaks, in.mibps), kOnDemandShards);
  const auto have = static_cast<std::uint32_t>(stream->open_shards());
  if (change.count == have) change.kind = PendingChange::Kind::settings;
  k.check_shard_quota(stream->account, stream->region, static_cast<std::int64_t>(change.count) - have);
  co_await k.begin(stream, change, [&](Stream& s) { s.warm_mibps = in.mibps; });
  co_return UpdateStreamWarmThroughputOutput{stream->arn(), stream->name,
                                             WarmThroughput{in.mibps, static_cast<int>(have)}};
}

}  // namespace

extern const Operation kUpdateStreamWarmThroughput;
const Operation kUpdateStreamWarmThroughput =
    operation("UpdateStreamWarmThroughput", kInput, kOutput, update_stream_warm_throughput)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
