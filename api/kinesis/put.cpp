#include "api/kinesis/put.h"

#include "api/kinesis/errors.h"

namespace millrace::kinesis {

std::size_t PutEntry::data_size() const {
  return encoded ? base64_decoded_size(*encoded).value_or(0) : data.bytes.size();
}

void PutEntry::check_encoding() const {
  if (encoded && !base64_decode(*encoded)) check_blob(std::string(*encoded));
}

HashKey hash_key_of(const PutEntry& entry) {
  if (!entry.explicit_hash_key) return hash_key_of(std::string_view(entry.key));
  const auto key = parse_hash_key(*entry.explicit_hash_key);
  if (!key) throw hash_key_out_of_range(*entry.explicit_hash_key);
  return *key;
}

void check_size(const PutEntry& entry, const Stream& stream, const std::string& path) {
  const auto limit = static_cast<std::size_t>(stream.max_record_kib) << 10;
  if (const std::size_t size = entry.data_size(); size > limit) throw record_too_large(limit, size, path);
}

void add_to(storage::RecordBatch& batch, const PutEntry& entry) {
  if (!entry.encoded) return batch.add(entry.key, entry.data.bytes);
  const std::span<char> space = batch.add_space(entry.key, entry.data_size());
  if (!base64_decode(*entry.encoded, space.data())) check_blob(std::string(*entry.encoded));
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

}  // namespace millrace::kinesis
