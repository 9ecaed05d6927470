// Records as JSON, without a document tree: GetRecords and SubscribeToShard.
#pragma once

#include <string>

#include "storage/shard_log.h"

namespace millrace::kinesis {

// About what append_records takes, to reserve it.
[[nodiscard]] std::size_t json_size_of(const storage::Records& read);
// Appends the records of one shard as a list of Kinesis's Record structures.
void append_records(std::string& json, const storage::Records& read, std::uint64_t shard_created_s,
                    std::uint32_t shard);

}  // namespace millrace::kinesis
