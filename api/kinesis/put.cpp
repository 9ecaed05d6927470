#include "api/kinesis/put.h"

#include "api/kinesis/errors.h"

namespace millrace::kinesis {

namespace {

void write_data(const PutEntry& entry, char* out) {
  if (entry.plain)
    std::copy(entry.plain->begin(), entry.plain->end(), out);
  else if (!entry.encoded)
    std::copy(entry.data.bytes.begin(), entry.data.bytes.end(), out);
  else if (!base64_decode(*entry.encoded, out))
    check_blob(std::string(*entry.encoded));
}

}  // namespace

std::size_t PutEntry::data_size() const {
  if (plain) return plain->size();
  return encoded ? base64_decoded_size(*encoded).value_or(0) : data.bytes.size();
}

void PutEntry::check_encoding() const {
  if (encoded && !base64_decode(*encoded)) check_blob(std::string(*encoded));
}

HashKey hash_key_of(const PutEntry& entry) {
  if (!entry.explicit_hash_key) return hash_key_of(entry.partition_key());
  const auto key = parse_hash_key(*entry.explicit_hash_key);
  if (!key) throw hash_key_out_of_range(*entry.explicit_hash_key);
  return *key;
}

std::vector<HashKey> hash_keys_of(std::span<const PutEntry> entries) {
  std::vector<std::string_view> texts;
  texts.reserve(entries.size());
  for (const PutEntry& entry : entries) texts.push_back(entry.partition_key());
  std::vector<HashKey> keys = hash_keys_of(texts);
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].explicit_hash_key) keys[i] = hash_key_of(entries[i]);
  return keys;
}

void check_size(const PutEntry& entry, const Stream& stream, const std::string& path) {
  const auto limit = static_cast<std::size_t>(stream.max_record_kib) << 10;
  if (const std::size_t size = entry.data_size(); size > limit) throw record_too_large(limit, size, path);
}

void add_to(storage::RecordBatch& batch, const PutEntry& entry, const Stream& stream) {
  const DataKey* const key = stream.data_key();
  if (!key) return write_data(entry, batch.add_space(entry.partition_key(), entry.data_size()).data());
  const std::span<char> space =
      batch.add_space(entry.partition_key(), entry.data_size() + kSealBytes, storage::Sealed::yes);
  write_data(entry, space.data() + kSealHeadBytes);
  key->cipher->seal(key->id, stream.number, entry.partition_key(), space);
}

std::size_t stored_size(const PutEntry& entry, const Stream& stream) {
  return storage::kRecordHeaderBytes + entry.partition_key().size() + entry.data_size() +
         (stream.encrypted() ? kSealBytes : 0);
}

StreamPtr writable_stream(Kinesis& k, const Caller& caller, const StreamReference& reference,
                          std::span<const PutEntry> entries) {
  try {
    return k.streams.get_usable(caller, reference);
  } catch (const ApiError&) {
    for (const PutEntry& entry : entries) entry.check_encoding();
    throw;
  }
}

std::optional<std::vector<storage::Appended>> landed(const Stream& stream,
                                                     storage::Result<std::vector<storage::Appended>> result) {
  if (result.has_error() && result.error().code == storage::Errc::closed) return std::nullopt;
  if (result.has_error() && result.error().code == storage::Errc::not_found)
    throw stream_not_found(stream.name, stream.account);
  return or_throw(std::move(result));
}

asio::awaitable<Landing> put_one(Kinesis& k, StreamPtr stream, const PutEntry& entry) {
  const HashKey key = hash_key_of(entry);
  const Shard* shard = nullptr;
  std::optional<std::vector<storage::Appended>> at;
  while (!at) {
    shard = &stream->shard_for(key);
    k.admit_put(*stream, *shard, entry.data_size() + entry.partition_key().size());
    std::vector<storage::ShardAppend> appends;
    appends.push_back({stream->log_id(*shard), storage::RecordBatch(stored_size(entry, *stream))});
    add_to(appends[0].batch, entry, *stream);
    at = landed(*stream, co_await k.log.append(std::move(appends)));
    if (!at) stream = co_await k.streams.changed(stream);
  }
  const std::shared_ptr<StreamProbes> probes = k.probes_of(*stream);
  probes->incoming_records->add(1);
  probes->incoming_bytes->add(entry.data_size());
  probes->put_record_success->add(1);
  probes->put_record_bytes->add(entry.data_size());
  k.shard_probes.incoming(*stream, *shard, 1, entry.data_size());
  const storage::Appended landing = at->front();
  co_return Landing{std::move(stream), shard, landing};
}

}  // namespace millrace::kinesis
