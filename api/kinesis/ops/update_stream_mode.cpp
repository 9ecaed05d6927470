// UpdateStreamMode: between PROVISIONED and ON_DEMAND; the shards stay. Source: Kinesis API reference,
// UpdateStreamMode.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/warm_throughput.h"

namespace millrace::kinesis {

namespace {

struct UpdateStreamModeInput {
  std::string arn;
  StreamModeDetails mode;
  std::optional<int> warm_mibps;
};
constexpr auto kInput = shape<UpdateStreamModeInput>(
    field("StreamARN", &UpdateStreamModeInput::arn, required, kStreamArn), kStreamId,
    field("StreamModeDetails", &UpdateStreamModeInput::mode, required, kStreamModeDetails),
    field("WarmThroughputMiBps", &UpdateStreamModeInput::warm_mibps, kNatural));

asio::awaitable<Nothing> update_stream_mode(Kinesis& k, const Caller& caller, UpdateStreamModeInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{std::nullopt, in.arn});
  if (in.mode.mode == stream->mode) throw same_mode(stream->mode, stream->name, stream->account);
  if (stream->distributes_records()) throw mode_needs_partition_keys(stream->name, stream->account);
  if (in.warm_mibps && in.mode.mode != "ON_DEMAND") throw only_on_demand(stream->name, stream->account);
  if (in.warm_mibps) check_warm_throughput(k, caller, *in.warm_mibps);
  PendingChange change;
  change.kind = in.warm_mibps ? PendingChange::Kind::grow : PendingChange::Kind::settings;
  change.count = static_cast<std::uint32_t>(in.warm_mibps.value_or(0));
  co_await k.begin(stream, change, [&](Stream& s) {
    s.mode = in.mode.mode;
    s.warm_mibps = in.warm_mibps;
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kUpdateStreamMode;
const Operation kUpdateStreamMode =
    operation("UpdateStreamMode", kInput, kNothing, update_stream_mode).writes().on(stream_of);

}  // namespace millrace::kinesis
