#include "storage/local/segments/frame.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "storage/base/bytes.h"

namespace millrace::storage {
namespace {

constexpr std::string_view kSegmentMagic = "MILLSEG2", kUnsaltedMagic = "MILLSEG1";
constexpr std::uint32_t kFrameMagic = 0x464d524d;
constexpr std::size_t kChecksumAt = kFrameHeadBytes - sizeof(std::uint64_t);

std::uint32_t lower_half(std::uint64_t salt) { return static_cast<std::uint32_t>(salt); }

// The head's own checksum stands in the middle of what it covers.
std::uint64_t head_checksum(std::string_view head, std::uint64_t segment) {
  return checksum(head.substr(kFrameHeadBytes), checksum(head.substr(0, kChecksumAt), segment));
}

}  // namespace

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t block_checksum(std::string_view block, std::uint64_t of_records) {
  return checksum(block.substr(0, kBlockHeaderBytes), of_records);
}

std::uint64_t block_checksum(std::string_view block) {
  return block.size() < kBlockHeaderBytes ? 0
                                          : block_checksum(block, checksum(block.substr(kBlockHeaderBytes)));
}

std::string SegmentHeader::bytes() const {
  std::string out(kSegmentMagic);
  put(out, number);
  put(out, salt);
  put(out, static_cast<std::uint32_t>(number - before));
  put(out, static_cast<std::uint32_t>(before_end));
  put(out, checksum(out));
  return out;
}

std::optional<SegmentHeader> SegmentHeader::parse(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || get<std::uint64_t>(bytes, 32) != checksum(bytes.substr(0, 32)))
    return {};
  const auto number = get<std::uint64_t>(bytes, 8);
  if (bytes.starts_with(kUnsaltedMagic))
    return SegmentHeader{number, get<std::uint64_t>(bytes, 16), get<std::uint64_t>(bytes, 24), 0};
  if (!bytes.starts_with(kSegmentMagic)) return {};
  return SegmentHeader{number, number - get<std::uint32_t>(bytes, 24), get<std::uint32_t>(bytes, 28),
                       get<std::uint64_t>(bytes, 16)};
}

std::string frame_head(const Seal& seal, std::uint64_t number, std::string_view rows,
                       const std::vector<FrameBlock>& blocks, std::uint32_t synced) {
  std::uint64_t body = 0;
  for (const FrameBlock& b : blocks) body += b.bytes.size();
  std::string head;
  head.reserve(kFrameHeadBytes + rows.size() + blocks.size() * kTableEntryBytes);
  put(head, kFrameMagic ^ lower_half(seal.salt));
  put(head, static_cast<std::uint32_t>(blocks.size()));
  put(head, number);
  put(head, static_cast<std::uint32_t>(rows.size()));
  put(head, synced);
  put(head, body);
  put(head, std::uint64_t{0});
  head += rows;
  for (const FrameBlock& b : blocks) {
    put(head, b.shard.stream);
    put(head, b.shard.shard);
    put(head, static_cast<std::uint32_t>(b.bytes.size()));
    const Block block{b.bytes, nullptr};
    put(head, block.first().value);
    put(head, block.count());
    put(head, std::uint32_t{0});
    put(head, b.checksum);
  }
  const std::uint64_t sum = head_checksum(head, seal.segment) ^ seal.salt;
  std::memcpy(head.data() + kChecksumAt, &sum, sizeof sum);
  return head;
}

std::uint64_t frame_bytes(std::string_view rows, const std::vector<FrameBlock>& blocks) {
  std::uint64_t body = 0;
  for (const FrameBlock& b : blocks) body += b.bytes.size();
  return FrameSizes{static_cast<std::uint32_t>(blocks.size()), static_cast<std::uint32_t>(rows.size()), 0,
                    body}
      .frame();
}

std::uint32_t FrameSizes::half_salt(std::string_view bytes) {
  return get<std::uint32_t>(bytes, 0) ^ kFrameMagic;
}

std::optional<FrameSizes> FrameSizes::parse(std::string_view bytes, std::uint64_t salt) {
  if (bytes.size() < kFrameHeadBytes || half_salt(bytes) != lower_half(salt)) return {};
  return FrameSizes{get<std::uint32_t>(bytes, 4), get<std::uint32_t>(bytes, 16), get<std::uint64_t>(bytes, 8),
                    get<std::uint64_t>(bytes, 24)};
}

std::optional<std::uint64_t> FrameHead::salt_of(std::string_view bytes, std::uint64_t segment) {
  const std::uint64_t salt = get<std::uint64_t>(bytes, kChecksumAt) ^ head_checksum(bytes, segment);
  return lower_half(salt) == FrameSizes::half_salt(bytes) ? std::optional(salt) : std::nullopt;
}

std::optional<FrameHead> FrameHead::parse(std::string_view bytes, const Seal& seal) {
  const auto sizes = FrameSizes::parse(bytes, seal.salt);
  if (!sizes || bytes.size() != sizes->head() || salt_of(bytes, seal.segment) != seal.salt) return {};
  FrameHead head;
  head.number = sizes->number;
  head.synced = get<std::uint32_t>(bytes, 20);
  head.rows = bytes.substr(kFrameHeadBytes, sizes->rows);
  head.blocks.reserve(sizes->blocks);
  for (std::size_t at = kFrameHeadBytes + sizes->rows; at < bytes.size(); at += kTableEntryBytes) {
    head.blocks.push_back({{get<std::uint64_t>(bytes, at), get<std::uint32_t>(bytes, at + 8)},
                           get<std::uint32_t>(bytes, at + 12),
                           {get<std::uint64_t>(bytes, at + 16)},
                           get<std::uint32_t>(bytes, at + 24),
                           get<std::uint64_t>(bytes, at + 32)});
  }
  return head;
}

}  // namespace millrace::storage
