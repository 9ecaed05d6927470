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

std::string seal_iterator(const Seal& seal, const ShardIterator& it) {
  const Plain plain{it.shard.stream, it.position.value, it.created.time_since_epoch().count(),
                    it.shard.shard};
  return seal.seal(kPurpose, kPrefix, {reinterpret_cast<const char*>(&plain), sizeof plain});
}

std::optional<ShardIterator> open_iterator(const Seal& seal, std::string_view text) {
  const auto bytes = seal.open(kPurpose, kPrefix, text);
  if (!bytes || bytes->size() != sizeof(Plain)) return std::nullopt;
  Plain plain;
  std::memcpy(&plain, bytes->data(), sizeof plain);
  return ShardIterator{{plain.stream, static_cast<std::uint32_t>(plain.shard)},
                       {plain.position},
                       Time(std::chrono::milliseconds(plain.created_ms))};
}

}  // namespace millrace::kinesis
