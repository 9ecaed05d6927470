// Records as CBOR, without a document tree: GetRecords and SubscribeToShard.
#pragma once

#include "api/core/cbor.h"
#include "api/kinesis/shapes.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

// About what append_records takes, to reserve it.
[[nodiscard]] std::size_t cbor_size_of(const storage::Records& read);
// Appends the records of one shard as a list of Kinesis's Record structures. `stream` knows the data keys of
// all of them; a sealed record that none of them opens is left out, and noted in `losses`.
void append_records(CborWriter& out, const storage::Records& read, const Stream& stream,
                    std::uint64_t shard_created_s, std::uint32_t shard, storage::Losses& losses);
// Appends the member ChildShards.
void append_children(CborWriter& out, const std::vector<ChildShard>& children);

}  // namespace millrace::kinesis
