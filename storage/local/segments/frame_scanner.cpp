#include "storage/local/segments/frame_scanner.h"

#include <algorithm>
#include <utility>

namespace millrace::storage {
namespace {

constexpr std::size_t kWindowBytes = 64 << 10;
constexpr std::size_t kSearchBytes = 1 << 20;  // where nothing was found, much is read
// Heads behind the first that a salt is learned from: each place of the file may look like one.
constexpr std::uint64_t kLearnedBytes = 64 << 10;

}  // namespace

Result<std::string_view> FrameScanner::at(std::uint64_t offset, std::size_t size) {
  if (offset >= end_) return std::string_view();
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - offset));
  if (offset < window_at_ || offset + size > window_at_ + window_.size()) {
    const std::size_t wanted = std::max(size, window_bytes_);
    window_.resize(wanted);
    rocksdb::Slice read;
    const auto s = file_.Read(offset, wanted, {}, &read, window_.data(), nullptr);
    if (!s.ok()) return Error{Errc::io, s.ToString()};
    if (read.data() != window_.data()) std::copy(read.data(), read.data() + read.size(), window_.data());
    // The file is known to go on.
    if (read.size() < std::min<std::uint64_t>(wanted, end_ - offset))
      return Error{Errc::io, "segment " + std::to_string(seal_.segment) + ", offset " +
                                 std::to_string(offset) + ": the read ended early, after " +
                                 std::to_string(read.size()) + " bytes"};
    window_.resize(read.size());
    window_at_ = offset;
  }
  return std::string_view(window_).substr(offset - window_at_, size);
}

Result<std::optional<FrameScanner::Found>> FrameScanner::next() {
  const auto fixed = at(offset_, kFrameHeadBytes);
  if (!fixed) return fixed.error();
  const auto sizes = FrameSizes::parse(*fixed, seal_.salt);
  if (!sizes || sizes->body > end_ - offset_ || sizes->frame() > end_ - offset_)
    return std::optional<Found>();
  const auto bytes = at(offset_, sizes->head());
  if (!bytes) return bytes.error();
  auto head = FrameHead::parse(*bytes, seal_);
  if (!head) return std::optional<Found>();
  window_bytes_ = kWindowBytes;
  const std::uint64_t begin = offset_;
  offset_ += sizes->frame();
  return std::optional(Found{std::move(*head), begin, begin + sizes->head(), offset_});
}

Result<std::optional<FrameSizes>> FrameScanner::sizes_at(std::uint64_t offset) {
  const auto fixed = at(offset, kFrameHeadBytes);
  if (!fixed) return fixed.error();
  return FrameSizes::parse(*fixed, seal_.salt);
}

Result<bool> FrameScanner::search() {
  window_bytes_ = kSearchBytes;
  for (std::uint64_t o = offset_ + kFrameAlignment; o + kFrameHeadBytes <= end_; o += kFrameAlignment) {
    const auto fixed = at(o, kFrameHeadBytes);
    if (!fixed) return fixed.error();
    if (!FrameSizes::parse(*fixed, seal_.salt)) continue;
    const std::uint64_t back = std::exchange(offset_, o);
    const auto found = next();
    if (!found) return found.error();
    offset_ = *found ? o : back;
    if (*found) return true;
  }
  return false;
}

Result<std::optional<FrameScanner::Learned>> FrameScanner::learn(const rocksdb::FSRandomAccessFile& file,
                                                                 std::uint64_t segment, std::uint64_t size) {
  FrameScanner scanner(file, {segment, 0}, kSegmentHeaderBytes, size);
  for (std::uint64_t o = kSegmentHeaderBytes; o + kFrameHeadBytes <= size; o += kFrameAlignment) {
    const auto fixed = scanner.at(o, kFrameHeadBytes);
    if (!fixed) return fixed.error();
    const auto sizes = FrameSizes::parse(*fixed, FrameSizes::half_salt(*fixed));
    const std::uint64_t most = o == kSegmentHeaderBytes ? size : kLearnedBytes;
    if (sizes && sizes->number > 0 && sizes->head() <= most && sizes->body <= size - o &&
        sizes->frame() <= size - o) {
      const auto bytes = scanner.at(o, sizes->head());
      if (!bytes) return bytes.error();
      if (const auto salt = FrameHead::salt_of(*bytes, segment))
        return std::optional(Learned{{segment, *salt}, sizes->number});
    }
    scanner.window_bytes_ = kSearchBytes;
  }
  return std::optional<Learned>();
}

Result<bool> FrameScanner::whole(const Found& frame) {
  std::uint64_t offset = frame.blocks_begin;
  for (const FrameHead::Entry& block : frame.head.blocks) {
    const auto bytes = at(offset, block.size);
    if (!bytes) return bytes.error();
    if (bytes->size() != block.size || block_checksum(*bytes) != block.checksum) return false;
    offset += block.size;
  }
  return true;
}

}  // namespace millrace::storage
