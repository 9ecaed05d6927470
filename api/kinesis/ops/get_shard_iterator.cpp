// GetShardIterator: a position in a shard. Source: Kinesis API reference, GetShardIterator.
#include "api/kinesis/errors.h"
#include "api/kinesis/iterator.h"
#include "api/kinesis/sequence_number.h"
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
    field("ShardIteratorType", &GetShardIteratorInput::type, required,
          one_of("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")),
    field("StartingSequenceNumber", &GetShardIteratorInput::number, kSequenceNumber),
    field("Timestamp", &GetShardIteratorInput::time),
    field("StreamARN", &GetShardIteratorInput::arn, kStreamArn));

struct GetShardIteratorOutput {
  std::string iterator;
};
constexpr auto kOutput =
    shape<GetShardIteratorOutput>(field("ShardIterator", &GetShardIteratorOutput::iterator));

void check_combination(const GetShardIteratorInput& in, Time now) {
  const bool by_number = in.type.ends_with("SEQUENCE_NUMBER");
  if (by_number != in.number.has_value()) throw iterator_type_and_number(in.type, in.number.has_value());
  if (in.type != "AT_TIMESTAMP") return;
  if (!in.time) throw iterator_needs_timestamp();
  if (*in.time > now) throw iterator_timestamp_in_future(*in.time, now);
}

storage::Index position_of(const GetShardIteratorInput& in, const Stream& stream, const Shard& shard,
                           storage::Index end) {
  const std::string& text = *in.number;
  const auto number = parse_sequence_number(text);
  if (!number) throw invalid_number(text, shard.id(), stream.name, stream.account);
  if (number->shard != shard.number) throw number_of_other_shard(shard_id(number->shard), shard.id());
  if (number->created_s != shard.created_s)
    throw number_of_other_stream(text, shard.id(), stream.name, stream.account);
  // A number beyond the last record was never given out, but for the one that a closed shard ends with:
  // reading from there would pass over all records to come.
  if (number->number > end.value && number->number != kLastNumber)
    throw invalid_number(text, shard.id(), stream.name, stream.account);
  if (number->number > end.value) return end;
  const bool after = in.type == "AFTER_SEQUENCE_NUMBER";
  // The record at index i has number i + 1; number 0 is the shard's start, before any record.
  return {number->number == 0 ? 0 : number->number - (after ? 0 : 1)};
}

asio::awaitable<GetShardIteratorOutput> get_shard_iterator(Kinesis& k, const Caller& caller,
                                                           GetShardIteratorInput in) {
  const StreamPtr stream = k.streams.get(caller, {in.name, in.arn});
  const auto number = parse_shard_id(in.shard);
  if (!number) throw no_such_shard_id(in.shard, stream->name, stream->account);
  const Shard* shard = stream->find_shard(in.shard);
  if (!shard) throw shard_not_found(shard_id(*number), stream->name, stream->account);
  const Time now = k.clock.now();
  check_combination(in, now);
  k.admit_iterator(*stream, *shard);

  const storage::ShardId id = stream->log_id(*shard);
  storage::Index position;
  if (in.type == "AT_TIMESTAMP") {
    position = or_throw(co_await k.log.find(id, *in.time));
  } else if (in.number) {
    position = position_of(in, *stream, *shard, or_throw(k.log.bounds(id)).next);
  } else {
    const storage::Bounds bounds = or_throw(k.log.bounds(id));
    position = in.type == "LATEST" ? bounds.next : bounds.first;
  }
  co_return GetShardIteratorOutput{seal_iterator(k.streams.seal(), {id, position, now})};
}

}  // namespace

extern const Operation kGetShardIterator;
const Operation kGetShardIterator = operation("GetShardIterator", kInput, kOutput, get_shard_iterator);

}  // namespace millrace::kinesis
