#include "storage/rocksdb/segments.h"

#include <algorithm>
#include <cstring>

#include "storage/rocksdb/frame_scanner.h"

namespace millrace::storage {
namespace {

using rocksdb::IOStatus;
using rocksdb::Status;

// Segments that are kept open for reading.
constexpr std::size_t kOpenSegments = 256;

// What the row of a segment that was left takes in a batch besides its value, at most.
constexpr std::uint64_t kRowBytes = 64;

ReadFrame read_frame(FrameScanner::Found found, std::uint64_t segment) {
  ReadFrame frame{std::move(found.head), {}, {segment, found.end, 0}};
  frame.end.frame = frame.head.number;
  std::uint64_t offset = found.blocks_begin;
  for (const FrameHead::Entry& b : frame.head.blocks) {
    frame.locations.push_back({segment, static_cast<std::uint32_t>(offset), b.size, b.checksum});
    offset += b.size;
  }
  return frame;
}

std::string place(std::uint64_t segment, std::uint64_t offset) {
  return "segment " + std::to_string(segment) + ", offset " + std::to_string(offset);
}

}  // namespace

Segments::Segments(SegmentOptions options)
    : options_(std::move(options)),
      files_(options_.directory, options_.files, options_.path),
      stock_(files_, options_.segment_bytes, options_.keep_for) {}

IOStatus Segments::open() {
  std::vector<std::uint64_t> numbers;
  if (IOStatus s = files_.open(numbers); !s.ok()) return s;
  for (const std::uint64_t number : numbers) {
    std::error_code gone;
    segments_[number].size = std::filesystem::file_size(files_.path(number), gone);
  }
  stock_.begin_at(numbers.empty() ? 1 : numbers.back() + 1);
  return IOStatus::OK();
}

Result<Segments::FilePtr> Segments::open_file(std::uint64_t number) const {
  {
    const std::shared_lock lock(mutex_);
    const auto at = segments_.find(number);
    if (at == segments_.end()) return FilePtr();
    if (at->second.file) return at->second.file;
  }
  const std::unique_lock lock(mutex_);
  const auto at = segments_.find(number);
  if (at == segments_.end()) return FilePtr();
  if (at->second.file) return at->second.file;
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  if (const IOStatus s = files_.open_for_reading(number, file); !s.ok())
    return Error{s.IsNotFound() ? Errc::corrupt : Errc::io, s.ToString()};
  at->second.file = std::move(file);
  opened_.push_back(number);
  if (opened_.size() > kOpenSegments) {
    if (const auto oldest = segments_.find(opened_.front()); oldest != segments_.end())
      oldest->second.file.reset();
    opened_.pop_front();
  }
  return at->second.file;
}

Segments::Headers Segments::headers_from(std::uint64_t number) const {
  std::vector<std::uint64_t> numbers;
  {
    const std::shared_lock lock(mutex_);
    for (auto at = segments_.lower_bound(number); at != segments_.end(); ++at) numbers.push_back(at->first);
  }
  Headers headers;
  for (const std::uint64_t n : numbers) {
    const auto file = open_file(n);
    if (!file || !*file) continue;
    char bytes[kSegmentHeaderBytes];
    rocksdb::Slice read;
    if (!(*file)->Read(0, sizeof bytes, {}, &read, bytes, nullptr).ok()) continue;
    const auto header = SegmentHeader::parse(read.ToStringView());
    if (header && header->number == n) headers.emplace(n, *header);
  }
  return headers;
}

std::optional<std::uint64_t> Segments::after(std::uint64_t number, const Headers& headers) const {
  std::optional<std::uint64_t> next;
  // The last one that says so: what an earlier one holds was never acknowledged.
  for (const auto& [n, header] : headers)
    if (n > number && header.before == number) next = n;
  return next;
}

Status Segments::replay(Position from, std::optional<Position> until, const Apply& apply,
                        std::vector<std::string>& trouble) {
  const Headers headers = headers_from(from.segment);
  Position at = from;
  const auto go_to = [&](std::uint64_t segment) { at = {segment, kSegmentHeaderBytes, at.frame}; };
  if (from.segment == 0) {
    const auto first = after(0, headers);
    if (!first) {
      if (!headers.empty()) trouble.push_back("the database does not know where its log begins");
      end_ = at;
      return Status::OK();
    }
    go_to(*first);
  }
  for (;;) {
    std::optional<std::uint64_t> next = after(at.segment, headers);
    const bool here = until && until->segment == at.segment;
    Stretch stretch{~std::uint64_t{0}, false};
    if (here)
      stretch.end = until->offset;
    else if (next)
      stretch.end = headers.at(*next).before_end;
    else
      stretch.last = true;
    if (const Status s = replay(at, stretch, apply, trouble); !s.ok()) return s;
    if (here) break;
    if (!next) {
      // Does the chain go on behind a segment that is gone?
      const auto behind = headers.upper_bound(at.segment);
      if (behind == headers.end() || headers.contains(behind->second.before)) break;
      trouble.push_back("segment " + std::to_string(behind->second.before) + " is missing");
      next = behind->first;
    }
    go_to(*next);
  }
  end_ = at;
  return Status::OK();
}

Status Segments::replay(Position& at, Stretch stretch, const Apply& apply,
                        std::vector<std::string>& trouble) const {
  const auto file = open_file(at.segment);
  if (!file) return Status::IOError(file.error().detail);
  if (!*file) {
    if (!stretch.last) trouble.push_back("segment " + std::to_string(at.segment) + " is missing");
    return Status::OK();
  }
  stretch.end = std::min(stretch.end, size_of(at.segment));
  FrameScanner scanner(**file, at.segment, at.offset, stretch.end);
  std::optional<FrameScanner::Found> pending;
  std::uint64_t number = at.frame;
  const auto take = [&](FrameScanner::Found found) {
    const ReadFrame frame = read_frame(std::move(found), at.segment);
    at = frame.end;
    return apply(frame);
  };
  while (scanner.offset() < stretch.end) {
    auto found = scanner.next();
    if (!found) return Status::IOError(found.error().detail);
    if (*found && (*found)->head.number > number) {
      if (pending)
        if (const Status s = take(std::move(*pending)); !s.ok()) return s;
      number = (*found)->head.number;
      pending = std::move(*found);
      continue;
    }
    const std::string broken = place(at.segment, *found ? (*found)->begin : scanner.offset());
    const auto more = scanner.search();
    if (!more) return Status::IOError(more.error().detail);
    if (*more || !stretch.last) trouble.push_back(broken + ": what stands here cannot be read");
    if (!*more) break;
  }
  if (!pending) return Status::OK();
  if (stretch.last) {
    // The server may have stopped while it wrote this one. (Before others are written, one is on disk.)
    const auto whole = scanner.whole(*pending);
    if (!whole) return Status::IOError(whole.error().detail);
    if (!*whole) return Status::OK();
  }
  return take(std::move(*pending));
}

void Segments::go_on_from(Position end) {
  end_ = end;
  if (!writer_) return;
  writer_.reset();
  if (writing_ == end.segment) return;
  // Nothing in it was acknowledged.
  const std::uint64_t number = writing_;
  {
    const std::unique_lock lock(mutex_);
    writing_ = 0;
  }
  contents_ = {};
  remove(number);
}

void Segments::trim_to_end() {
  const Headers behind = headers_from(end_.segment + 1);
  std::vector<std::uint64_t> unused;
  {
    const std::unique_lock lock(mutex_);
    for (auto at = segments_.upper_bound(end_.segment); at != segments_.end(); ++at)
      if (!behind.contains(at->first)) unused.push_back(at->first);
    const auto last = segments_.find(end_.segment);
    std::error_code failed;
    if (last != segments_.end() && last->second.size > end_.offset)
      std::filesystem::resize_file(files_.path(end_.segment), end_.offset, failed);
    if (last != segments_.end() && !failed) last->second.size = std::min(last->second.size, end_.offset);
  }
  for (const std::uint64_t number : unused) remove(number);
}

IOStatus Segments::make_room(std::uint64_t bytes, std::optional<Left>& left) {
  if (writer_ && at_ + bytes <= room_) {
    if (at_ > room_ / 2) stock_.prepare();
    return IOStatus::OK();
  }
  // Where commits are synced, so is what was written without, before a later commit goes elsewhere.
  if (writer_ && dirty_ && options_.path == WritePath::direct)
    if (IOStatus s = sync(); !s.ok()) return s;
  SegmentStock::Made made;
  // The frame will hold the row of the segment that is left for it, too.
  const std::uint64_t row = kRowBytes + contents_.bytes().size();
  if (IOStatus s = stock_.take(kSegmentHeaderBytes + bytes + row, made); !s.ok()) return s;
  const SegmentHeader header{made.number, end_.segment, end_.offset};
  if (IOStatus s = made.writer->put(header.bytes()); !s.ok()) return s;
  if (writing_ != 0) left.emplace(writing_, std::exchange(contents_, {}));
  writer_ = std::move(made.writer);
  at_ = kSegmentHeaderBytes;
  room_ = made.bytes;
  dirty_ = false;
  contents_ = {};
  const std::unique_lock lock(mutex_);
  segments_[made.number] = {made.bytes, nullptr};
  writing_ = made.number;
  return IOStatus::OK();
}

IOStatus Segments::append(std::string_view rows, const std::vector<FrameBlock>& blocks, bool sync,
                          std::vector<Location>& locations) {
  if (!writer_) return IOStatus::IOError("no segment is being written");
  const std::string head = frame_head(writing_, end_.frame + 1, rows, blocks);
  IOStatus s = writer_->put(head);
  std::uint64_t offset = at_ + head.size();
  for (const FrameBlock& b : blocks) {
    if (s.ok()) s = writer_->put(b.bytes);
    locations.push_back({writing_, static_cast<std::uint32_t>(offset),
                         static_cast<std::uint32_t>(b.bytes.size()), b.checksum});
    offset += b.bytes.size();
  }
  static constexpr std::string_view kZeros{"\0\0\0\0\0\0\0", kFrameAlignment - 1};
  const std::uint64_t padding = (kFrameAlignment - offset % kFrameAlignment) % kFrameAlignment;
  if (s.ok()) s = writer_->put(kZeros.substr(0, padding));
  if (s.ok()) s = sync ? writer_->sync() : writer_->flush();
  if (!s.ok()) return s;
  dirty_ = !sync;
  at_ = offset + padding;
  end_ = {writing_, at_, end_.frame + 1};
  for (const FrameBlock& b : blocks) {
    const Block block{b.bytes, nullptr};
    contents_.add(b.shard, b.bytes.size(), block.next());
  }
  contents_.end = at_;
  return s;
}

IOStatus Segments::sync() {
  if (!writer_ || !dirty_) return IOStatus::OK();
  IOStatus s = writer_->sync();
  if (s.ok()) dirty_ = false;
  return s;
}

Result<std::optional<Block>> Segments::read(const Location& at) const {
  const auto file = open_file(at.segment);
  if (!file) return file.error();
  if (!*file) return std::optional<Block>();
  std::shared_ptr<char[]> bytes(new char[at.size]);
  rocksdb::Slice read;
  const IOStatus s = (*file)->Read(at.offset, at.size, {}, &read, bytes.get(), nullptr);
  if (!s.ok()) return Error{Errc::io, place(at.segment, at.offset) + ": " + s.ToString()};
  Block block{read.ToStringView(), std::move(bytes)};
  if (read.size() != at.size || block_checksum(block.bytes) != at.checksum || !block.valid())
    return Error{Errc::corrupt, place(at.segment, at.offset) + ": the block is not what was written"};
  return std::optional(std::move(block));
}

std::vector<std::uint64_t> Segments::left() const {
  std::vector<std::uint64_t> numbers;
  const std::shared_lock lock(mutex_);
  for (const auto& [number, segment] : segments_)
    if (number != writing_) numbers.push_back(number);
  return numbers;
}

Result<void> Segments::frames(std::uint64_t number, const std::function<void(const ReadFrame&)>& each) const {
  const auto file = open_file(number);
  if (!file) return file.error();
  if (!*file) return {};
  FrameScanner scanner(**file, number, kSegmentHeaderBytes, size_of(number));
  for (;;) {
    auto found = scanner.next();
    if (!found) return found.error();
    if (*found) {
      each(read_frame(std::move(**found), number));
      continue;
    }
    const auto more = scanner.search();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

Result<SegmentContents> Segments::contents(std::uint64_t number) const {
  SegmentContents contents;
  const auto read_all = frames(number, [&](const ReadFrame& frame) {
    for (const FrameHead::Entry& b : frame.head.blocks) contents.add(b.shard, b.size, b.next());
    contents.end = frame.end.offset;
  });
  if (!read_all) return read_all.error();
  return contents;
}

void Segments::remove(std::uint64_t number) {
  bool reusable;
  {
    const std::unique_lock lock(mutex_);
    const auto at = segments_.find(number);
    if (at == segments_.end()) return;
    const Segment segment = std::move(at->second);
    segments_.erase(at);
    std::erase(opened_, number);
    reusable = segment.size == options_.segment_bytes && (!segment.file || segment.file.use_count() == 1);
    if (holds_ > 0) {
      held_.push_back({number, reusable});
      return;
    }
  }
  stock_.give(number, reusable);
}

std::vector<std::uint64_t> Segments::numbers() const {
  std::vector<std::uint64_t> numbers;
  const std::shared_lock lock(mutex_);
  for (const auto& [number, segment] : segments_) numbers.push_back(number);
  return numbers;
}

Segments::Hold::Hold(Segments& segments) : segments_(segments) {
  const std::unique_lock lock(segments_.mutex_);
  ++segments_.holds_;
  for (const auto& [number, segment] : segments_.segments_) numbers_.push_back(number);
}

Segments::Hold::~Hold() {
  std::vector<Removed> removed;
  {
    const std::unique_lock lock(segments_.mutex_);
    if (--segments_.holds_ == 0) removed.swap(segments_.held_);
  }
  for (const Removed& r : removed) segments_.stock_.give(r.number, r.reusable);
}

std::uint64_t Segments::size_of(std::uint64_t number) const {
  const std::shared_lock lock(mutex_);
  const auto at = segments_.find(number);
  return at == segments_.end() ? 0 : at->second.size;
}

std::uint64_t Segments::size() const {
  std::uint64_t bytes = 0;
  const std::shared_lock lock(mutex_);
  for (const auto& [number, segment] : segments_) bytes += segment.size;
  return bytes;
}

}  // namespace millrace::storage
