// GetShardIterator: a position in a shard. Source: Kinesis API reference, GetShardIterator.
#include "api/kinesis/errors.h"
#include "api/kinesis/iterator.h"
#include "api/kinesis/position.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct GetShardIteratorInput {
  std::optional<std::string> name, arn;
  std::string shard, type;
  std::optional<std::string> number;
  std::optional<Time> time;
};
constexpr auto kInput = shape<GetShardIteratorInput>(
    field("StreamName", &GetShardIteratorInput::name, kStreamName),
    field("ShardId", &GetShardIteratorInput::shard, required, kShardId),
    field("ShardIteratorType", &GetShardIteratorInput::type, required, kPositionType),
    field("StartingSequenceNumber", &GetShardIteratorInput::number, kSequenceNumber),
    field("Timestamp", &GetShardIteratorInput::time),
    field("StreamARN", &GetShardIteratorInput::arn, kStreamArn));

struct GetShardIteratorOutput {
  std::string iterator;
};
constexpr auto kOutput =
    shape<GetShardIteratorOutput>(field("ShardIterator", &GetShardIteratorOutput::iterator));

asio::awaitable<GetShardIteratorOutput> get_shard_iterator(Kinesis& k, const Caller& caller,
                                                           GetShardIteratorInput in) {
  const StreamPtr stream = k.streams.get_usable(caller, StreamReference{in.name, in.arn});
  const auto number = parse_shard_id(in.shard);
  if (!number) throw no_such_shard_id(in.shard, stream->name, stream->account);
  const Shard* shard = stream->find_shard(in.shard);
  if (!shard) throw shard_not_found(shard_id(*number), stream->name, stream->account);
  const Time now = k.clock.now();
  const StartingPosition start{in.type, in.number, in.time};
  check_position(start, now);
  k.admit_iterator(*stream, *shard);
  const storage::Index position = co_await find_position(k, *stream, *shard, start);
  const storage::ShardId id = stream->log_id(*shard);
  co_return GetShardIteratorOutput{seal_iterator(k.streams.seal(), {id, position, now})};
}

}  // namespace

extern const Operation kGetShardIterator;
const Operation kGetShardIterator = operation("GetShardIterator", kInput, kOutput, get_shard_iterator);

}  // namespace millrace::kinesis
