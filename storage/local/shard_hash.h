// Shards as keys of hash tables.
#pragma once

#include <functional>

#include "storage/shard_log.h"

namespace millrace::storage {

struct ShardIdHash {
  std::size_t operator()(const ShardId& id) const {
    return std::hash<std::uint64_t>()(id.stream * 0x9e3779b97f4a7c15u + id.shard);
  }
};

}  // namespace millrace::storage
