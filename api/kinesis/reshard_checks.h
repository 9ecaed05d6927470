// What SplitShard and MergeShards ask of the shards they are told.
#pragma once

#include "api/kinesis/errors.h"
#include "api/kinesis/model.h"

namespace millrace::kinesis {

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
