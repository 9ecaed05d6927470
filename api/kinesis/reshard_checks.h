// What SplitShard and MergeShards ask of the shards that a request names.
#pragma once

#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

// The ACTIVE stream whose shards a request names; AWS looks at their ids before it looks for the stream.
// Throws no_such_shard_id, and what Streams::get_active throws.
[[nodiscard]] inline StreamPtr stream_to_change(const Kinesis& k, const Caller& caller,
                                                const StreamReference& reference,
                                                std::initializer_list<std::string_view> shards) {
  const StreamArn place = Streams::place_of(caller, reference);
  for (const std::string_view id : shards)
    if (!parse_shard_id(id)) throw no_such_shard_id(id, place.name, place.account);
  return k.streams.get_active(caller, reference);
}

// Throws no_such_shard_id.
[[nodiscard]] inline const Shard& shard_to_change(const Stream& stream, const std::string& id) {
  const auto number = parse_shard_id(id);
  const Shard* shard = stream.find_shard(id);
  if (!shard) throw no_such_shard_id(number ? shard_id(*number) : id, stream.name, stream.account);
  return *shard;
}

// Throws shard_not_open. Asked when the change begins: another may have closed the shard meanwhile.
inline void check_open(const Stream& stream, std::uint32_t number) {
  const Shard* shard = stream.find_shard(number);
  if (!shard || shard->closed_s) throw shard_not_open(shard_id(number), stream.name, stream.account);
}

}  // namespace millrace::kinesis
