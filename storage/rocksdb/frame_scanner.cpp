#include "storage/rocksdb/frame_scanner.h"

#include <algorithm>
#include <utility>

namespace millrace::storage {
namespace {

constexpr std::size_t kWindowBytes = 64 << 10;

}  // namespace

Result<std::string_view> FrameScanner::at(std::uint64_t offset, std::size_t size) {
  if (offset >= end_) return std::string_view();
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_ - offset));
  if (offset < window_at_ || offset + size > window_at_ + window_.size()) {
    const std::size_t wanted = std::max(size, kWindowBytes);
    window_.resize(wanted);
    rocksdb::Slice read;
    const auto s = file_.Read(offset, wanted, {}, &read, window_.data(), nullptr);
    if (!s.ok()) return Error{Errc::io, s.ToString()};
    if (read.data() != window_.data()) std::copy(read.data(), read.data() + read.size(), window_.data());
    window_.resize(read.size());
    window_at_ = offset;
  }
  return std::string_view(window_).substr(offset - window_at_, size);
}

Result<std::optional<FrameScanner::Found>> FrameScanner::next() {
  const auto fixed = at(offset_, kFrameHeadBytes);
  if (!fixed) return fixed.error();
  const auto sizes = FrameSizes::parse(*fixed);
  if (!sizes || sizes->body > end_ - offset_ || sizes->frame() > end_ - offset_)
    return std::optional<Found>();
  const auto bytes = at(offset_, sizes->head());
  if (!bytes) return bytes.error();
  auto head = FrameHead::parse(*bytes, segment_);
  if (!head) return std::optional<Found>();
  const std::uint64_t begin = offset_;
  offset_ += sizes->frame();
  return std::optional(Found{std::move(*head), begin, begin + sizes->head(), offset_});
}

Result<bool> FrameScanner::search() {
  for (std::uint64_t o = offset_ + kFrameAlignment; o + kFrameHeadBytes <= end_; o += kFrameAlignment) {
    const auto fixed = at(o, kFrameHeadBytes);
    if (!fixed) return fixed.error();
    if (!FrameSizes::parse(*fixed)) continue;
    const std::uint64_t back = std::exchange(offset_, o);
    const auto found = next();
    if (!found) return found.error();
    offset_ = *found ? o : back;
    if (*found) return true;
  }
  return false;
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
