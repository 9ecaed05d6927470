#include "storage/records.h"

#include <algorithm>

namespace millrace::storage {

bool Records::take(const Block& block, Index from, std::uint32_t max_records, std::uint64_t max_bytes) {
  Part part{block, std::max(from, block.first()), 0, kBlockHeaderBytes};
  std::size_t at = kBlockHeaderBytes;
  Index index = block.first();
  const Index end = block.next();
  for (; index < end; index = index + 1) {
    if (at + kRecordHeaderBytes > block.bytes.size()) break;
    const std::size_t start = at;
    const RecordHeader header = RecordHeader::at(block.bytes.data() + at);
    const std::size_t behind = at + header.record_size();
    if (behind > block.bytes.size()) break;
    at = behind;
    if (index < from) continue;
    const std::uint64_t weight = std::uint64_t{header.key_size} + header.size;
    if (count_ > 0 && (count_ >= max_records || bytes_ + weight > max_bytes)) break;
    if (part.count == 0) part.offset = start;
    ++part.count;
    ++count_;
    if (header.sealed == Sealed::yes) ++sealed_;
    bytes_ += weight;
    next_ = index + 1;
  }
  next_arrival_ = block.arrival();
  if (part.count > 0) parts_.push_back(std::move(part));
  return index == end;
}

}  // namespace millrace::storage
