// Reading the frames of a segment one after the other.
#pragma once

#include <rocksdb/file_system.h>

#include "storage/local/segments/frame.h"
#include "storage/result.h"

namespace millrace::storage {

class FrameScanner {
 public:
  // Reads the segment from `offset` to `end`, which is not behind the file's end.
  FrameScanner(const rocksdb::FSRandomAccessFile& file, const Seal& seal, std::uint64_t offset,
               std::uint64_t end)
      : file_(file), seal_(seal), offset_(offset), end_(end) {}

  // Of a segment of `size` bytes whose header is damaged: what its first frame that can be read says. Nothing
  // when there is none. Not for a file that was used before and is not used yet: what a record in it looks
  // like would be believed.
  struct Learned {
    Seal seal;
    std::uint64_t first_frame;
  };
  [[nodiscard]] static Result<std::optional<Learned>> learn(const rocksdb::FSRandomAccessFile& file,
                                                            std::uint64_t segment, std::uint64_t size);

  struct Found {
    FrameHead head;
    std::uint64_t begin, blocks_begin, end;
  };
  // The frame that begins where the one before ends; nothing when none does.
  [[nodiscard]] Result<std::optional<Found>> next();
  // Goes to the next frame anywhere behind, as `next` will return it; false when there is none.
  [[nodiscard]] Result<bool> search();
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  // What the fixed part of a head says at `offset`; nothing when none stands there.
  [[nodiscard]] Result<std::optional<FrameSizes>> sizes_at(std::uint64_t offset);
  // Whether the frame's blocks are what its table says.
  [[nodiscard]] Result<bool> whole(const Found& frame);

 private:
  // Bytes of the file, fewer at its end; valid until the next call.
  [[nodiscard]] Result<std::string_view> at(std::uint64_t offset, std::size_t size);

  const rocksdb::FSRandomAccessFile& file_;
  const Seal seal_;
  std::uint64_t offset_;
  const std::uint64_t end_;
  std::string window_;
  std::size_t window_bytes_ = 64 << 10;  // read at a time
  std::uint64_t window_at_ = 0;
};

}  // namespace millrace::storage
