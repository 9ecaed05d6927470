// UpdateShardCount: an even split over a number of shards, by splits and merges. Source: Kinesis API
// reference, UpdateShardCount.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct UpdateShardCountInput {
  std::optional<std::string> name, arn;
  int target = 0;
  std::string scaling;
};
constexpr auto kInput = shape<UpdateShardCountInput>(
    field("StreamName", &UpdateShardCountInput::name, kStreamName),
    field("TargetShardCount", &UpdateShardCountInput::target, required, kPositive),
    field("ScalingType", &UpdateShardCountInput::scaling, required, one_of<"UNIFORM_SCALING">),
    field("StreamARN", &UpdateShardCountInput::arn, kStreamArn), kStreamId);

struct UpdateShardCountOutput {
  std::string name;
  int current = 0, target = 0;
  std::string arn;
};
constexpr auto kOutput =
    shape<UpdateShardCountOutput>(field("StreamName", &UpdateShardCountOutput::name),
                                  field("CurrentShardCount", &UpdateShardCountOutput::current),
                                  field("TargetShardCount", &UpdateShardCountOutput::target),
                                  field("StreamARN", &UpdateShardCountOutput::arn));

// At most double, at least half.
void check_target(int target, int have) {
  if (target == have) throw same_shard_count(have);
  if (target > kMaxShardCount) throw scaling_above_limit(target, have, kMaxShardCount);
  if (target > have * 2) throw scaling_above_double(target, have);
  if (target < (have + 1) / 2) throw scaling_below_half(target, have);
}

asio::awaitable<UpdateShardCountOutput> update_shard_count(Kinesis& k, const Caller& caller,
                                                           UpdateShardCountInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  if (stream->on_demand()) throw only_provisioned(stream->name, stream->account);
  const int have = stream->open_shards();
  check_target(in.target, have);
  k.check_shard_quota(stream->account, stream->region, in.target - have);
  PendingChange change;
  change.kind = PendingChange::Kind::scale;
  change.count = static_cast<std::uint32_t>(in.target);
  co_await k.begin(stream, change, [&](Stream& s) { check_target(in.target, s.open_shards()); });
  co_return UpdateShardCountOutput{stream->name, have, in.target, stream->arn()};
}

}  // namespace

extern const Operation kUpdateShardCount;
const Operation kUpdateShardCount =
    operation("UpdateShardCount", kInput, kOutput, update_shard_count).writes().on(stream_of);

}  // namespace millrace::kinesis
