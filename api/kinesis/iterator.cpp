#include "api/kinesis/iterator.h"

#include <cstring>

namespace millrace::kinesis {

namespace {

// AWS's iterators begin with these bytes too.
constexpr std::string_view kPrefix("\0\0\0\0\0\0\0\1", 8);
constexpr std::string_view kPurpose = "kinesis shard iterator";

struct Plain {
  std::uint64_t stream, position;
  std::int64_t created_ms;
  std::uint64_t shard;
};

}  // namespace

// Behind it stand the account and the stream's name, with a slash between them.
std::string seal_iterator(const Seal& seal, const Stream& stream, const Shard& shard, storage::Index position,
                          Time now) {
  const Plain plain{stream.number, position.value, now.time_since_epoch().count(), shard.number};
  std::string bytes(reinterpret_cast<const char*>(&plain), sizeof plain);
  bytes.append(stream.account).append("/").append(stream.name);
  return seal.seal(kPurpose, kPrefix, bytes);
}

std::optional<ShardIterator> open_iterator(const Seal& seal, std::string_view text) {
  if (text.size() > 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  const auto bytes = seal.open(kPurpose, kPrefix, text);
  if (!bytes || bytes->size() < sizeof(Plain)) return std::nullopt;
  Plain plain;
  std::memcpy(&plain, bytes->data(), sizeof plain);
  // Iterators of earlier versions end here.
  const std::string_view names = std::string_view(*bytes).substr(sizeof plain);
  const std::size_t slash = std::min(names.find('/'), names.size());
  return ShardIterator{{plain.stream, static_cast<std::uint32_t>(plain.shard)},
                       {plain.position},
                       Time(std::chrono::milliseconds(plain.created_ms)),
                       std::string(names.substr(0, slash)),
                       std::string(names.substr(std::min(slash + 1, names.size())))};
}

}  // namespace millrace::kinesis
