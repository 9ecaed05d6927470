// SplitShard: an open shard closes, and two begin where it was. Source: Kinesis API reference, SplitShard.
#include "api/kinesis/errors.h"
#include "api/kinesis/reshard_checks.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct SplitShardInput {
  std::optional<std::string> name, arn;
  std::string shard, key;
};
constexpr auto kInput =
    shape<SplitShardInput>(field("StreamName", &SplitShardInput::name, kStreamName),
                           field("ShardToSplit", &SplitShardInput::shard, required, kShardId),
                           field("NewStartingHashKey", &SplitShardInput::key, required, kHashKey),
                           field("StreamARN", &SplitShardInput::arn, kStreamArn), kStreamId);

asio::awaitable<Nothing> split_shard(Kinesis& k, const Caller& caller, SplitShardInput in) {
  const StreamPtr stream = stream_to_change(k, caller, {in.name, in.arn}, {in.shard});
  const Shard& shard = shard_to_change(*stream, in.shard);
  if (stream->on_demand()) throw only_provisioned(stream->name, stream->account);
  k.check_shard_quota(stream->account, stream->region, 1);
  const auto key = parse_hash_key(in.key);
  if (!key || *key <= shard.start + 1 || *key >= shard.end)
    throw split_key_out_of_range(in.key, shard.id(), stream->name, stream->account, to_string(shard.start),
                                 to_string(shard.end));
  PendingChange change;
  change.kind = PendingChange::Kind::split;
  change.shard = shard.number;
  change.key = *key;
  co_await k.begin(stream, change, [&](Stream& s) { check_open(s, change.shard); });
  co_return Nothing{};
}

}  // namespace

extern const Operation kSplitShard;
const Operation kSplitShard = operation("SplitShard", kInput, kNothing, split_shard).writes().on(stream_of);

}  // namespace millrace::kinesis
