// The rows that the database keeps of segments.
#include <cstring>

#include "storage/local/segments/segments.h"

namespace millrace::storage {
namespace {

template <class T>
void put(std::string& to, T v) {
  to.append(reinterpret_cast<const char*>(&v), sizeof v);
}
template <class T>
T take(std::string_view& bytes) {
  T v;
  std::memcpy(&v, bytes.data(), sizeof v);
  bytes.remove_prefix(sizeof v);
  return v;
}

constexpr std::size_t kOfShardBytes = 28;

}  // namespace

std::optional<Location> Location::parse(std::string_view bytes) {
  if (bytes.size() != 24) return {};
  Location at;
  at.segment = take<std::uint64_t>(bytes);
  at.offset = take<std::uint32_t>(bytes);
  at.size = take<std::uint32_t>(bytes);
  at.checksum = take<std::uint64_t>(bytes);
  return at;
}

std::string Position::bytes() const {
  std::string out;
  put(out, segment);
  put(out, offset);
  put(out, frame);
  return out;
}

std::optional<Position> Position::parse(std::string_view bytes) {
  if (bytes.size() != 24) return {};
  Position at;
  at.segment = take<std::uint64_t>(bytes);
  at.offset = take<std::uint64_t>(bytes);
  at.frame = take<std::uint64_t>(bytes);
  return at;
}

void SegmentContents::add(ShardId shard, std::uint64_t bytes, Index next) {
  OfShard& of = shards[shard];
  of.bytes += bytes;
  of.next = std::max(of.next, next);
}

std::string SegmentContents::bytes() const {
  std::string out;
  out.reserve(8 + shards.size() * kOfShardBytes);
  put(out, end);
  for (const auto& [shard, of] : shards) {
    put(out, shard.stream);
    put(out, shard.shard);
    put(out, of.bytes);
    put(out, of.next.value);
  }
  return out;
}

bool SegmentContents::for_each(std::string_view bytes,
                               const std::function<void(ShardId, const OfShard&)>& each) {
  if (bytes.size() < 8 || (bytes.size() - 8) % kOfShardBytes != 0) return false;
  bytes.remove_prefix(8);
  while (!bytes.empty()) {
    ShardId shard{};
    shard.stream = take<std::uint64_t>(bytes);
    shard.shard = take<std::uint32_t>(bytes);
    OfShard of;
    of.bytes = take<std::uint64_t>(bytes);
    of.next.value = take<std::uint64_t>(bytes);
    each(shard, of);
  }
  return true;
}

std::optional<SegmentContents> SegmentContents::parse(std::string_view bytes) {
  SegmentContents contents;
  const auto add = [&](ShardId shard, const OfShard& of) { contents.shards.emplace(shard, of); };
  if (!for_each(bytes, add)) return {};
  contents.end = take<std::uint64_t>(bytes);
  return contents;
}

}  // namespace millrace::storage
