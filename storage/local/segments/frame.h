// The bytes of the log's segment files. Integers are little-endian.
//
//   segment := header | frame * | zeros, or what an earlier use of the file left
//   header  := "MILLSEG2" | number u64 | salt u64 | the number less that of the segment before u32
//              | end of that segment u32 | checksum u64
//              in files of earlier versions: "MILLSEG1" | number u64 | number of the segment before u64
//              | end of that u64 | checksum u64; their salt is 0
//   frame   := head | rows | table entry * | block * | zeros to a multiple of 8
//   head    := magic u32, xor the lower half of the salt | blocks u32 | frame number u64 | bytes of rows u32
//              | synced u32 | bytes of blocks u64
//              | checksum u64, of the head before it, the rows and the table, seeded with the segment's
//              number, xor the salt
//   salt    := random, and in no answer: a record cannot contain bytes that pass for a frame
//   synced  := the offset up to which the segment was on disk before the frame was written: what cannot be
//              read in front of it is damage, what cannot be read behind the last such offset was being
//              written when the server stopped. 0: not stated (up to the frame itself)
//   table entry := stream u64 | shard u32 | bytes u32 | first index u64 | records u32 | zero u32
//                  | checksum u64, of the block (storage/record_batch.h)
//
// A commit is a frame: the blocks it brings, and the rows (a RocksDB batch) that go with them. Frame numbers
// are dense over all segments. Checksums are XXH3's of 64 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/shard_log.h"

namespace millrace::storage {

inline constexpr std::size_t kSegmentHeaderBytes = 40;
inline constexpr std::size_t kFrameHeadBytes = 40;
inline constexpr std::size_t kTableEntryBytes = 40;
inline constexpr std::size_t kFrameAlignment = 8;

// Of bytes, or of bytes behind others whose checksum is `seed`.
[[nodiscard]] std::uint64_t checksum(std::string_view bytes, std::uint64_t seed = 0);
// Of a block, from that of its records: those are summed up before the block's header is known.
[[nodiscard]] std::uint64_t block_checksum(std::string_view block, std::uint64_t of_records);
[[nodiscard]] std::uint64_t block_checksum(std::string_view block);

// What tells the frames of a segment from other bytes that stand in its file: those of records, and what an
// earlier use of the file left.
struct Seal {
  std::uint64_t segment = 0;
  std::uint64_t salt = 0;
};

struct SegmentHeader {
  std::uint64_t number = 0;
  std::uint64_t before = 0;      // 0: none
  std::uint64_t before_end = 0;  // what stands there from here on was never acknowledged
  std::uint64_t salt = 0;

  [[nodiscard]] Seal seal() const { return {number, salt}; }

  [[nodiscard]] std::string bytes() const;
  // Nothing when the bytes are not a header.
  [[nodiscard]] static std::optional<SegmentHeader> parse(std::string_view bytes);
};

// A block of a frame.
struct FrameBlock {
  ShardId shard;
  std::string_view bytes;
  std::uint64_t checksum;
};

// What stands in front of a frame's blocks. `synced` is in bytes, as drawn above.
[[nodiscard]] std::string frame_head(const Seal& seal, std::uint64_t number, std::string_view rows,
                                     const std::vector<FrameBlock>& blocks, std::uint32_t synced);
// The size of the frame in the file.
[[nodiscard]] std::uint64_t frame_bytes(std::string_view rows, const std::vector<FrameBlock>& blocks);

// The sizes that the fixed part of a head states; not yet checked.
struct FrameSizes {
  std::uint32_t blocks, rows;
  std::uint64_t number, body;
  [[nodiscard]] std::uint64_t head() const {
    return kFrameHeadBytes + rows + std::uint64_t{blocks} * kTableEntryBytes;
  }
  // In the file, with the zeros behind it.
  [[nodiscard]] std::uint64_t frame() const {
    return (head() + body + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
  }
  // Nothing when `bytes` (kFrameHeadBytes of them) do not begin a frame that has the salt.
  [[nodiscard]] static std::optional<FrameSizes> parse(std::string_view bytes, std::uint64_t salt);
  // The lower half of the salt, if `bytes` begin a frame; what it is can be told by the checksum.
  [[nodiscard]] static std::uint32_t half_salt(std::string_view bytes);
};

// A frame as it is read back: all but its blocks' bytes.
struct FrameHead {
  struct Entry {
    ShardId shard;
    std::uint32_t size;
    Index first;
    std::uint32_t count;
    std::uint64_t checksum;
    [[nodiscard]] Index next() const { return first + count; }
  };
  std::uint64_t number = 0;
  std::uint32_t synced = 0;
  std::string rows;
  std::vector<Entry> blocks;

  // Nothing when the checksum is another. `bytes` are FrameSizes::head() of them.
  [[nodiscard]] static std::optional<FrameHead> parse(std::string_view bytes, const Seal& seal);
  // The salt that makes `bytes`, FrameSizes::head() of them, a frame of the segment. Nothing when none does.
  [[nodiscard]] static std::optional<std::uint64_t> salt_of(std::string_view bytes, std::uint64_t segment);
};

}  // namespace millrace::storage
