// Reading the frames of a segment one after the other.
#pragma once

#include <rocksdb/file_system.h>

#include "storage/result.h"
#include "storage/rocksdb/frame.h"

namespace millrace::storage {

class FrameScanner {
 public:
  // Reads the segment from `offset` to `end` (or the file's end, which is before it).
  FrameScanner(const rocksdb::FSRandomAccessFile& file, std::uint64_t segment, std::uint64_t offset,
               std::uint64_t end)
      : file_(file), segment_(segment), offset_(offset), end_(end) {}

  struct Found {
    FrameHead head;
    std::uint64_t begin, blocks_begin, end;
  };
  // The frame that begins where the one before ends; nothing when none does.
  [[nodiscard]] Result<std::optional<Found>> next();
  // Goes to the next frame anywhere behind, as `next` will return it; false when there is none.
  [[nodiscard]] Result<bool> search();
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  // Whether the frame's blocks are what its table says.
  [[nodiscard]] Result<bool> whole(const Found& frame);

 private:
  // Bytes of the file, fewer at its end; valid until the next call.
  [[nodiscard]] Result<std::string_view> at(std::uint64_t offset, std::size_t size);

  const rocksdb::FSRandomAccessFile& file_;
  const std::uint64_t segment_;
  std::uint64_t offset_;
  const std::uint64_t end_;
  std::string window_;
  std::uint64_t window_at_ = 0;
};

}  // namespace millrace::storage
