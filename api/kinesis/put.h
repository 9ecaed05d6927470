// What PutRecord and PutRecords have in common: an entry, and its way into a shard's batch.
#pragma once

#include "api/kinesis/service.h"

namespace millrace::kinesis {

struct PutEntry {
  Blob data;
  std::string key;  // empty: none
  std::optional<std::string> explicit_hash_key;
  // Set by the decoders by hand instead of `data` and `key`: base64 text inside the request's body, decoded
  // only into the batch, or the data itself there, so that it is copied once; and the key as it stands there.
  std::optional<std::string_view> encoded, plain;
  std::string_view plain_key;

  [[nodiscard]] std::string_view partition_key() const { return plain_key.empty() ? key : plain_key; }
  [[nodiscard]] bool has_data() const { return encoded || plain; }
  [[nodiscard]] std::size_t data_size() const;
  // Throws SerializationException where `encoded` is no base64.
  void check_encoding() const;
};

// Throws hash_key_out_of_range.
[[nodiscard]] HashKey hash_key_of(const PutEntry& entry);
[[nodiscard]] std::vector<HashKey> hash_keys_of(std::span<const PutEntry> entries);
// What depends on the stream: whether there must be a key, and the size of data and key together; of
// PutRecords' entries also the size of all. What is wrong with an encoding comes first. Throws
// partition_key_missing, record_too_large, request_too_large, SerializationException.
void check_entry(const PutEntry& entry, const Stream& stream);
void check_entries(std::span<const PutEntry> entries, const Stream& stream);
// The open shard that the entry goes to now: by its key, or the next in turn where the stream distributes its
// records. Throws hash_key_out_of_range.
[[nodiscard]] const Shard& shard_for(Kinesis& k, const Stream& stream, const PutEntry& entry);
// Why a record of PutRecords is not taken, while the others are; nullopt: it is taken.
using RecordCheck = std::function<std::optional<ApiError>(const Shard&, const PutEntry&)>;
// Empty when all are taken: nothing is limited and no fault in force.
[[nodiscard]] RecordCheck record_check(Kinesis& k, const Stream& stream);
// Adds the entry as the stream's shards store it, sealed if the stream is encrypted. Throws
// SerializationException where the data is no base64.
void add_to(storage::RecordBatch& batch, const PutEntry& entry, const Stream& stream);
// What `add_to` adds, in bytes.
[[nodiscard]] std::size_t stored_size(const PutEntry& entry, const Stream& stream);
// The stream that a request to write names; a request that is wrong in itself says that first.
[[nodiscard]] StreamPtr writable_stream(Kinesis& k, const Caller& caller, const StreamReference& reference,
                                        std::span<const PutEntry> entries);
// Where the records of a shard's batch landed; nullopt when the shard was closed meanwhile, and nothing was
// written: once `Streams::changed` shows its children, the records are for them. Throws stream_not_found when
// the stream was deleted meanwhile, StorageFailure.
[[nodiscard]] std::optional<storage::Appended> landed(const Stream& stream,
                                                      storage::Result<storage::Appended> result);

// The result of a put: the stream, the shard and the position of the record.
struct PutResult {
  StreamPtr stream;    // as it is now
  const Shard* shard;  // of it
  storage::Run at;
};
// Puts one record onto the open shard whose hash key range holds its key, and counts it. `entry` outlives the
// call. Throws shard_rate_exceeded, hash_key_out_of_range, and what `landed` throws.
[[nodiscard]] asio::awaitable<PutResult> put_one(Kinesis& k, StreamPtr stream, const PutEntry& entry);

}  // namespace millrace::kinesis
