#include "api/kinesis/put.h"

#include "api/core/base64.h"
#include "api/core/validate.h"
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

// `number` is the place in PutRecords, for the message.
void check_one(const PutEntry& entry, const Stream& stream, std::optional<std::size_t> number) {
  const auto path = [&](const char* member) {
    return number ? "records." + std::to_string(*number) + ".member." + member : member;
  };
  const std::size_t key_size = entry.partition_key().size();
  if (key_size == 0 && !stream.distributes_records()) throw partition_key_missing(path("partitionKey"));
  const auto limit = static_cast<std::size_t>(stream.max_record_kib) << 10;
  const std::size_t size = entry.data_size();
  if (size > limit) throw record_too_large(limit, size, path("data"));
  if (size + key_size > limit) throw record_too_large(limit, size + key_size, path("data"));
}

// A request that is wrong in itself says that first.
template <class Check>
auto encodings_first(std::span<const PutEntry> entries, Check&& check) {
  try {
    return check();
  } catch (const ApiError&) {
    for (const PutEntry& entry : entries) entry.check_encoding();
    throw;
  }
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

void check_entry(const PutEntry& entry, const Stream& stream) {
  encodings_first({&entry, 1}, [&] { check_one(entry, stream, std::nullopt); });
}

void check_entries(std::span<const PutEntry> entries, const Stream& stream) {
  encodings_first(entries, [&] {
    std::size_t total = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      check_one(entries[i], stream, i + 1);
      total += entries[i].data_size() + entries[i].partition_key().size();
    }
    if (total > kMaxRequestBytes) throw request_too_large();
  });
}

const Shard& shard_for(Kinesis& k, const Stream& stream, const PutEntry& entry) {
  // One that was deleted before it was ACTIVE has no shards.
  if (stream.open_ranges.empty()) throw stream_not_found(stream.name, stream.account);
  return stream.distributes_records() ? stream.shard_in_turn(k.take_turns(1))
                                      : stream.shard_for(hash_key_of(entry));
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
  return encodings_first(entries, [&] { return k.streams.get_usable(caller, reference); });
}

std::optional<storage::Appended> landed(const Stream& stream, storage::Result<storage::Appended> result) {
  if (result.has_error() && result.error().code == storage::Errc::closed) return std::nullopt;
  if (result.has_error() && result.error().code == storage::Errc::not_found)
    throw stream_not_found(stream.name, stream.account);
  return or_throw(std::move(result));
}

asio::awaitable<PutResult> put_one(Kinesis& k, StreamPtr stream, const PutEntry& entry) {
  const Shard* shard = nullptr;
  std::optional<storage::Appended> at;
  while (!at) {
    shard = &shard_for(k, *stream, entry);
    k.admit_put(*stream, *shard, entry.data_size() + entry.partition_key().size());
    std::vector<storage::ShardAppend> appends;
    appends.push_back({stream->log_id(*shard), storage::RecordBatch(stored_size(entry, *stream))});
    add_to(appends[0].batch, entry, *stream);
    std::vector<storage::Result<storage::Appended>> results = co_await k.log.append(std::move(appends));
    at = landed(*stream, std::move(results.front()));
    if (!at) stream = co_await k.streams.changed(stream);
  }
  const std::shared_ptr<StreamProbes> probes = k.probes_of(*stream);
  probes->incoming_records->add(1);
  probes->incoming_bytes->add(entry.data_size());
  probes->put_record_success->add(1);
  probes->put_record_bytes->add(entry.data_size());
  k.shard_probes.incoming(*stream, *shard, 1, entry.data_size());
  const storage::Run run = at->runs.front();
  co_return PutResult{std::move(stream), shard, run};
}

}  // namespace millrace::kinesis
