#include "api/kinesis/position.h"

#include "api/kinesis/errors.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

storage::Index index_of(const StartingPosition& start, const Stream& stream, const Shard& shard,
                        storage::Index end) {
  const std::string& text = *start.number;
  const auto read = read_sequence_number(text);
  if (!read) throw invalid_number(text, shard.id(), stream.name, stream.account);
  if (read->shard != shard.number) throw number_of_other_shard(read->shard_id(), shard.id());
  if (read->version != kSequenceNumberVersion || read->created_s != shard.created_s)
    throw number_of_other_stream(text, shard.id(), stream.name, stream.account);
  const auto number = parse_sequence_number(text);
  if (!number) throw invalid_number(text, shard.id(), stream.name, stream.account);
  // A number beyond the last record was never given out, but for the one that a closed shard ends with:
  // reading from there would pass over all records to come.
  if (number->number > end.value && number->number != kLastNumber)
    throw invalid_number(text, shard.id(), stream.name, stream.account);
  if (number->number > end.value) return end;
  const bool after = start.type == "AFTER_SEQUENCE_NUMBER" || number->behind;
  // The record at index i has number i + 1; number 0 is the shard's start, before any record.
  return {number->number == 0 ? 0 : number->number - (after ? 0 : 1)};
}

}  // namespace

void check_position(const StartingPosition& start, Time now) {
  const bool by_number = start.type.ends_with("SEQUENCE_NUMBER");
  if (by_number != start.number.has_value())
    throw iterator_type_and_number(start.type, start.number.has_value());
  if (start.type != "AT_TIMESTAMP") return;
  if (!start.time) throw iterator_needs_timestamp();
  if (*start.time > now) throw iterator_timestamp_in_future(*start.time, now);
}

asio::awaitable<storage::Index> find_position(Kinesis& k, const Stream& stream, const Shard& shard,
                                              const StartingPosition& start) {
  const storage::ShardId id = stream.log_id(shard);
  if (start.type == "AT_TIMESTAMP") co_return or_throw(co_await k.log.find(id, *start.time));
  const storage::Bounds bounds = or_throw(co_await k.log.bounds(id));
  if (start.number) co_return index_of(start, stream, shard, bounds.next);
  co_return start.type == "LATEST" ? bounds.next : bounds.first;
}

}  // namespace millrace::kinesis
