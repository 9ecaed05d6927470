// MergeShards: two open neighbours close, and one shard begins where they were. Source: Kinesis API
// reference, MergeShards.
#include "api/kinesis/errors.h"
#include "api/kinesis/reshard_checks.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct MergeShardsInput {
  std::optional<std::string> name, arn;
  std::string shard, adjacent;
};
constexpr auto kInput =
    shape<MergeShardsInput>(field("StreamName", &MergeShardsInput::name, kStreamName),
                            field("ShardToMerge", &MergeShardsInput::shard, required, kShardId),
                            field("AdjacentShardToMerge", &MergeShardsInput::adjacent, required, kShardId),
                            field("StreamARN", &MergeShardsInput::arn, kStreamArn), kStreamId);

asio::awaitable<Nothing> merge_shards(Kinesis& k, const Caller& caller, MergeShardsInput in) {
  const StreamPtr stream = stream_to_change(k, caller, {in.name, in.arn}, {in.shard, in.adjacent});
  const Shard& shard = shard_to_change(*stream, in.shard);
  const Shard& next = shard_to_change(*stream, in.adjacent);
  if (stream->on_demand()) throw only_provisioned(stream->name, stream->account);
  if (shard.end + 1 != next.start || next.start == 0)
    throw shards_not_adjacent(shard.id(), next.id(), stream->name, stream->account);
  PendingChange change;
  change.kind = PendingChange::Kind::merge;
  change.shard = shard.number;
  change.adjacent = next.number;
  co_await k.begin(stream, change, [&](Stream& s) {
    check_open(s, change.shard);
    check_open(s, change.adjacent);
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kMergeShards;
const Operation kMergeShards =
    operation("MergeShards", kInput, kNothing, merge_shards).writes().on(stream_of);

}  // namespace millrace::kinesis
