#include "api/kinesis/shapes.h"

#include "api/core/dates.h"
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

std::vector<ChildShard> describe_children(const Stream& stream, const Shard& shard) {
  std::vector<ChildShard> out;
  for (const Shard* child : stream.children_of(shard)) {
    std::vector<std::string> parents;
    if (child->parent) parents.push_back(shard_id(*child->parent));
    if (child->adjacent_parent) parents.push_back(shard_id(*child->adjacent_parent));
    out.push_back({child->id(), std::move(parents), {to_string(child->start), to_string(child->end)}});
  }
  return out;
}

std::optional<WarmThroughput> warm_throughput_of(const Stream& stream) {
  if (!stream.on_demand()) return std::nullopt;
  return WarmThroughput{stream.warm_mibps.value_or(0), stream.open_shards()};
}

ConsumerDescription describe(const Stream& stream, const Consumer& consumer, Time now) {
  const char* status = consumer.gone_from ? "DELETING" : now < consumer.active_from ? "CREATING" : "ACTIVE";
  return {consumer.name, stream.arn_of(consumer), status, whole_seconds(consumer.created), std::nullopt};
}

std::optional<std::string> encryption_of(const Stream& stream) {
  if (!stream.encrypted()) return std::nullopt;
  return "KMS";
}

}  // namespace millrace::kinesis
