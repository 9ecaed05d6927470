#include "storage/rocksdb/frame.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace millrace::storage {
namespace {

constexpr std::string_view kSegmentMagic = "MILLSEG1";
constexpr std::uint32_t kFrameMagic = 0x464d524d;
constexpr std::size_t kChecksumAt = kFrameHeadBytes - sizeof(std::uint64_t);

template <class T>
void put(std::string& to, T v) {
  to.append(reinterpret_cast<const char*>(&v), sizeof v);
}
template <class T>
T get(std::string_view bytes, std::size_t at) {
  T v;
  std::memcpy(&v, bytes.data() + at, sizeof v);
  return v;
}

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
  put(out, before);
  put(out, before_end);
  put(out, checksum(out));
  return out;
}

std::optional<SegmentHeader> SegmentHeader::parse(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic) ||
      get<std::uint64_t>(bytes, 32) != checksum(bytes.substr(0, 32)))
    return {};
  return SegmentHeader{get<std::uint64_t>(bytes, 8), get<std::uint64_t>(bytes, 16),
                       get<std::uint64_t>(bytes, 24)};
}

std::string frame_head(std::uint64_t segment, std::uint64_t number, std::string_view rows,
                       const std::vector<FrameBlock>& blocks) {
  std::uint64_t body = 0;
  for (const FrameBlock& b : blocks) body += b.bytes.size();
  std::string head;
  head.reserve(kFrameHeadBytes + rows.size() + blocks.size() * kTableEntryBytes);
  put(head, kFrameMagic);
  put(head, static_cast<std::uint32_t>(blocks.size()));
  put(head, number);
  put(head, static_cast<std::uint32_t>(rows.size()));
  put(head, std::uint32_t{0});
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
  const std::uint64_t sum = head_checksum(head, segment);
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

std::optional<FrameSizes> FrameSizes::parse(std::string_view bytes) {
  if (bytes.size() < kFrameHeadBytes || get<std::uint32_t>(bytes, 0) != kFrameMagic) return {};
  return FrameSizes{get<std::uint32_t>(bytes, 4), get<std::uint32_t>(bytes, 16), get<std::uint64_t>(bytes, 8),
                    get<std::uint64_t>(bytes, 24)};
}

std::optional<FrameHead> FrameHead::parse(std::string_view bytes, std::uint64_t segment) {
  const auto sizes = FrameSizes::parse(bytes);
  if (!sizes || bytes.size() != sizes->head() ||
      get<std::uint64_t>(bytes, kChecksumAt) != head_checksum(bytes, segment))
    return {};
  FrameHead head;
  head.number = sizes->number;
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
