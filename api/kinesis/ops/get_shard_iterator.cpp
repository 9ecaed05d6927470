// GetShardIterator: a position in a shard. Source: Kinesis API reference, GetShardIterator.
#include "api/kinesis/errors.h"
#include "api/kinesis/iterator.h"
#include "api/kinesis/position.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct GetShardIteratorInput {
  std::optional<std::string> name, arn;
  std::string shard, type;
  std::optional<std::string> number;
  std::optional<Time> time;
  std::optional<bool> dry_run;
};
constexpr auto kInput = shape<GetShardIteratorInput>(
    field("StreamName", &GetShardIteratorInput::name, kStreamName),
    field("ShardId", &GetShardIteratorInput::shard, required, kShardId),
    field("ShardIteratorType", &GetShardIteratorInput::type, required, kPositionType),
    field("StartingSequenceNumber", &GetShardIteratorInput::number, kSequenceNumber),
    field("Timestamp", &GetShardIteratorInput::time),
    field("StreamARN", &GetShardIteratorInput::arn, kStreamArn), kStreamId,
    field("DryRun", &GetShardIteratorInput::dry_run));

struct GetShardIteratorOutput {
  std::string iterator;
};
constexpr auto kOutput =
    shape<GetShardIteratorOutput>(field("ShardIterator", &GetShardIteratorOutput::iterator));

// AWS looks at the shard's id before it looks for the stream, and a shard of no stream is a shard that is
// missing.
StreamPtr stream_of_shard(const Kinesis& k, const Caller& caller, const StreamReference& reference,
                          const std::string& shard) {
  const StreamArn place = Streams::place_of(caller, reference);
  const auto number = parse_shard_id(shard);
  if (!number) throw no_such_shard_id(shard, place.name, place.account);
  try {
    return k.streams.get_usable(caller, reference);
  } catch (const ApiError& e) {
    if (e.code() != "ResourceNotFoundException") throw;
    throw shard_not_found(shard_id(*number), place.name, place.account);
  }
}

asio::awaitable<GetShardIteratorOutput> get_shard_iterator(Kinesis& k, const Caller& caller,
                                                           GetShardIteratorInput in) {
  const StreamPtr stream = stream_of_shard(k, caller, StreamReference{in.name, in.arn}, in.shard);
  const std::uint32_t number = parse_shard_id(in.shard).value();
  const Shard* shard = stream->find_shard(number);
  if (!shard) throw shard_not_found(shard_id(number), stream->name, stream->account);
  const Time now = k.clock.now();
  const StartingPosition start{in.type, in.number, in.time};
  check_position(start, now);
  const bool dry_run = in.dry_run.value_or(false);
  if (!dry_run) k.admit_iterator(*stream, *shard);
  const storage::Index position = co_await find_position(k, *stream, *shard, start);
  if (dry_run) k.end_dry_run(*stream);
  co_return GetShardIteratorOutput{seal_iterator(k.streams.seal(), *stream, *shard, position, now)};
}

}  // namespace

extern const Operation kGetShardIterator;
const Operation kGetShardIterator =
    operation("GetShardIterator", kInput, kOutput, get_shard_iterator).reads().on(stream_of);

}  // namespace millrace::kinesis
