#include "api/kinesis/shapes.h"

#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

ShardDescription describe(const Shard& shard) {
  ShardDescription d;
  d.id = shard.id();
  if (shard.parent) d.parent = shard_id(*shard.parent);
  if (shard.adjacent_parent) d.adjacent_parent = shard_id(*shard.adjacent_parent);
  d.hash_keys = {to_string(shard.start), to_string(shard.end)};
  d.sequence_numbers.start = shard.starting_sequence_number();
  if (shard.closed_s)
    d.sequence_numbers.end =
        SequenceNumber{shard.created_s, kLastNumber, *shard.closed_s, shard.number}.text();
  return d;
}

}  // namespace millrace::kinesis
