#include "storage/local/segments/segments.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "storage/base/files.h"
#include "storage/local/segments/log_replay.h"

namespace millrace::storage {
namespace {

using rocksdb::IOStatus;
using rocksdb::Status;

// Segments that are kept open for reading.
constexpr std::size_t kOpenSegments = 256;

// What the row of a segment that was left takes in a batch besides its value, at most.
constexpr std::uint64_t kRowBytes = 64;

std::string place(std::uint64_t segment, std::uint64_t offset) {
  return "segment " + std::to_string(segment) + ", offset " + std::to_string(offset);
}

}  // namespace

ReadFrame ReadFrame::of(FrameScanner::Found found, std::uint64_t segment) {
  ReadFrame frame{std::move(found.head), {}, {segment, found.end, 0}};
  frame.end.frame = frame.head.number;
  std::uint64_t offset = found.blocks_begin;
  for (const FrameHead::Entry& b : frame.head.blocks) {
    frame.locations.push_back({segment, static_cast<std::uint32_t>(offset), b.size, b.checksum});
    offset += b.size;
  }
  return frame;
}

Segments::Segments(SegmentOptions options)
    : options_(std::move(options)),
      files_(options_.directory, options_.files, options_.path),
      // A note that cannot be written now is written with the next segment.
      stock_(files_, options_.segment_bytes, options_.keep_for, [this](std::uint64_t number) {
        (void)NewestSegment{number, syncs()}.write(options_.directory.parent_path());
      }) {}

IOStatus Segments::open() {
  std::vector<std::uint64_t> numbers;
  if (IOStatus s = files_.open(numbers); !s.ok()) return s;
  for (const std::uint64_t number : numbers) {
    std::error_code failed;
    segments_[number].size = std::filesystem::file_size(files_.path(number), failed);
    if (failed) return IOStatus::IOError("stat of " + files_.path(number).string(), failed.message());
  }
  const auto noted = NewestSegment::read(options_.directory.parent_path());
  if (!noted) return IOStatus::IOError(noted.error().detail);
  // The number of one that went missing is not given again.
  const std::uint64_t last = std::max(numbers.empty() ? 0 : numbers.back(), *noted ? (*noted)->number : 0);
  stock_.begin_at(last + 1);
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

Status Segments::replay(Position from, std::optional<Position> until, const Apply& apply, bool accept_loss,
                        Replayed& found) {
  LogReplay replay(*this, apply, accept_loss);
  Status s = replay.run(from, until);
  found = std::move(replay.found());
  end_ = found.end;
  if (!until) opened_at_ = end_;
  return s;
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

void Segments::trim_to_end(const Replayed& found) {
  {
    const std::unique_lock lock(mutex_);
    const auto last = segments_.find(end_.segment);
    std::error_code failed;
    if (last != segments_.end() && last->second.size > found.keep_to) {
      std::filesystem::resize_file(files_.path(end_.segment), found.keep_to, failed);
      if (!failed) last->second.size = found.keep_to;
    }
  }
  for (const std::uint64_t number : found.unused) remove(number);
}

Result<std::vector<std::filesystem::path>> Segments::set_aside(const Replayed& found) {
  namespace fs = std::filesystem;
  const fs::path directory = options_.directory.parent_path() / "damaged";
  std::error_code failed;
  fs::create_directories(directory, failed);
  std::vector<fs::path> kept;
  for (const std::uint64_t number : found.damaged) {
    const fs::path from = path(number), to = directory / from.filename();
    if (failed) break;
    if (!fs::exists(from, failed)) continue;
    // An earlier one stays as it is.
    fs::path free = to;
    for (int n = 1; fs::exists(free, failed); ++n) free = to.string() + "." + std::to_string(n);
    if (found.unreadable.contains(number)) {
      fs::rename(from, free, failed);
      const std::unique_lock lock(mutex_);
      segments_.erase(number);
    } else {
      fs::create_hard_link(from, free, failed);
    }
    kept.push_back(free);
  }
  if (failed)
    return Error{Errc::io,
                 "the damaged files cannot be moved to " + directory.string() + ": " + failed.message()};
  for (const fs::path& synced : {directory, directory.parent_path(), options_.directory})
    if (Result<void> s = sync_names(synced); !s) return s.error();
  return kept;
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
  if (IOStatus taken = stock_.take(kSegmentHeaderBytes + bytes + row, made); !taken.ok()) return taken;
  // On disk before any frame: a segment without a header holds none.
  std::random_device random;
  const std::uint64_t salt = std::uint64_t{random()} << 32 | random();
  const SegmentHeader header{made.number, end_.segment, end_.offset, salt};
  IOStatus s = made.writer->put(header.bytes());
  if (s.ok()) s = options_.path == WritePath::direct ? made.writer->sync() : made.writer->flush();
  if (!s.ok()) {
    made.writer.reset();
    stock_.give(made.number, false);
    return s;
  }
  if (writing_ != 0) left.emplace(writing_, std::exchange(contents_, {}));
  writer_ = std::move(made.writer);
  seal_ = header.seal();
  at_ = synced_ = stated_ = kSegmentHeaderBytes;
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
  const std::string head =
      frame_head(seal_, end_.frame + 1, rows, blocks, static_cast<std::uint32_t>(synced_));
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
  if (std::exchange(noted_, writing_) != writing_) stock_.note(writing_);
  dirty_ = !sync;
  stated_ = synced_;
  marked_ = rows.empty() && blocks.empty();
  at_ = offset + padding;
  // Where commits are not synced, what the operating system has is as safe as they are.
  if (sync || options_.path != WritePath::direct) synced_ = at_;
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
  if (s.ok()) synced_ = at_;
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
    return Error{Errc::corrupt, place(at.segment, at.offset) + ": the block does not match its checksum"};
  return std::optional(std::move(block));
}

std::vector<std::uint64_t> Segments::left() const {
  std::vector<std::uint64_t> numbers;
  const std::shared_lock lock(mutex_);
  for (const auto& [number, segment] : segments_)
    if (number != writing_) numbers.push_back(number);
  return numbers;
}

Result<bool> Segments::frames(std::uint64_t number, const std::function<void(const ReadFrame&)>& each) const {
  const auto file = open_file(number);
  if (!file) return file.error();
  if (!*file) return true;
  std::error_code failed;
  const std::uint64_t size = std::filesystem::file_size(path(number), failed);
  if (failed) return Error{Errc::io, path(number).string() + ": " + failed.message()};
  const auto seal = seal_of(number, **file, size);
  if (!seal) return seal.error();
  const std::uint64_t acknowledged = end_of(number).value_or(size);
  FrameScanner scanner(**file, *seal, kSegmentHeaderBytes, std::min({size, size_of(number), acknowledged}));
  for (bool whole = true;;) {
    auto found = scanner.next();
    if (!found) return found.error();
    if (*found) {
      each(ReadFrame::of(std::move(**found), number));
      continue;
    }
    const std::uint64_t end = scanner.offset();
    const auto more = scanner.search();
    if (!more) return more.error();
    if (!*more) return whole && end >= end_of(number).value_or(0);
    whole = false;
  }
}

Result<Seal> Segments::seal_of(std::uint64_t number, const rocksdb::FSRandomAccessFile& file,
                               std::uint64_t size) const {
  char bytes[kSegmentHeaderBytes];
  rocksdb::Slice read;
  if (const IOStatus s = file.Read(0, sizeof bytes, {}, &read, bytes, nullptr); !s.ok())
    return Error{Errc::io, path(number).string() + ": " + s.ToString()};
  const auto header = SegmentHeader::parse(read.ToStringView());
  if (header && header->number == number) return header->seal();
  const auto learned = FrameScanner::learn(file, number, size);
  if (!learned) return learned.error();
  return *learned ? (*learned)->seal : Seal{number, 0};
}

std::optional<std::uint64_t> Segments::end_of(std::uint64_t number) const {
  std::optional<std::uint64_t> end;
  for (const std::uint64_t n : numbers()) {
    const auto file = n > number ? open_file(n) : FilePtr();
    char bytes[kSegmentHeaderBytes];
    rocksdb::Slice read;
    if (!file || !*file || !(*file)->Read(0, sizeof bytes, {}, &read, bytes, nullptr).ok()) continue;
    const auto header = SegmentHeader::parse(read.ToStringView());
    if (!header || header->number != n) continue;
    if (header->before > number) break;
    if (header->before == number) end = header->before_end;
  }
  if (!end && number == opened_at_.segment) return opened_at_.offset;
  return end;
}

Result<SegmentContents> Segments::contents(std::uint64_t number) const {
  SegmentContents contents;
  const auto read_all = frames(number, [&](const ReadFrame& frame) {
    for (const FrameHead::Entry& b : frame.head.blocks) contents.add(b.shard, b.size, b.next());
    contents.end = frame.end.offset;
  });
  if (!read_all) return read_all.error();
  contents.whole = *read_all;
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
    std::error_code gone;
    // A file that a start kept as damaged (set_aside) is never written over.
    reusable = segment.size == options_.segment_bytes && (!segment.file || segment.file.use_count() == 1) &&
               std::filesystem::hard_link_count(path(number), gone) == 1;
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

Segments::RemovalPause::RemovalPause(Segments& segments) : segments_(segments) {
  const std::unique_lock lock(segments_.mutex_);
  ++segments_.holds_;
  for (const auto& [number, segment] : segments_.segments_) numbers_.push_back(number);
}

Segments::RemovalPause::~RemovalPause() {
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
