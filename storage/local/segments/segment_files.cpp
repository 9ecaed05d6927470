#include "storage/local/segments/segment_files.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace millrace::storage {
namespace {

using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kBufferBytes = 4 << 20;
// From here on the disk takes a piece faster than the page cache does.
constexpr std::size_t kDirectFrom = 64 << 10;
// The first write of a block has metadata to sync as well: a third wait for the disk beside the data's and
// the flush's. Small writes pay it ahead for those that follow, with zeros.
constexpr std::size_t kSmall = 32 << 10;
constexpr std::size_t kZerosBehind = 256 << 10;
constexpr std::string_view kSuffix = ".seg";

}  // namespace

void SegmentWriter::Free::operator()(char* p) const { std::free(p); }

SegmentWriter::SegmentWriter(std::unique_ptr<rocksdb::FSWritableFile> direct,
                             std::unique_ptr<rocksdb::FSWritableFile> cached, std::uint64_t size,
                             std::uint64_t fresh_from, std::atomic<std::uint64_t>& written)
    : direct_(std::move(direct)),
      cached_(std::move(cached)),
      size_(size),
      fresh_from_(fresh_from),
      written_(written),
      buffer_(static_cast<char*>(std::aligned_alloc(kPage, kBufferBytes))) {
  if (!buffer_) throw std::bad_alloc();
}

SegmentWriter::~SegmentWriter() {
  for (const auto* file : {&direct_, &cached_})
    if (*file) (void)(*file)->Close({}, nullptr);
}

IOStatus SegmentWriter::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kBufferBytes - filled_);
    std::memcpy(buffer_.get() + filled_, bytes.data(), n);
    filled_ += n;
    unsaved_ += n;
    bytes.remove_prefix(n);
    if (filled_ < kBufferBytes) continue;
    if (IOStatus s = write_pages(kBufferBytes); !s.ok()) return s;
    at_ += kBufferBytes;
    filled_ = 0;
  }
  return IOStatus::OK();
}

IOStatus SegmentWriter::flush() {
  if (unsaved_ == 0) return IOStatus::OK();
  const std::size_t whole = filled_ / kPage * kPage, rest = filled_ - whole;
  const std::size_t needed = rest > 0 ? whole + kPage : whole;
  const std::size_t bytes = needed + zeros_behind(needed);
  std::memset(buffer_.get() + filled_, 0, bytes - filled_);
  if (IOStatus s = write_pages(bytes); !s.ok()) return s;
  // The last page goes out again with what comes behind it.
  if (whole > 0) std::memcpy(buffer_.get(), buffer_.get() + whole, rest);
  at_ += whole;
  filled_ = rest;
  return IOStatus::OK();
}

IOStatus SegmentWriter::write_pages(std::size_t bytes) {
  rocksdb::FSWritableFile& file = direct_ && (!cached_ || bytes >= kDirectFrom) ? *direct_ : *cached_;
  IOStatus s = file.PositionedAppend({buffer_.get(), bytes}, at_, {}, nullptr);
  if (s.ok()) {
    unsaved_ = 0;
    fresh_from_ = std::max(fresh_from_, at_ + bytes);
  }
  written_ += bytes;
  return s;
}

std::size_t SegmentWriter::zeros_behind(std::size_t bytes) const {
  const std::uint64_t end = at_ + bytes;
  if (cached_ || bytes > kSmall || end <= fresh_from_ || end >= size_) return 0;
  return std::min<std::uint64_t>(kZerosBehind, (size_ - end) / kPage * kPage);
}

IOStatus SegmentWriter::sync() {
  if (IOStatus s = flush(); !s.ok()) return s;
  return (direct_ ? *direct_ : *cached_).Sync({}, nullptr);
}

SegmentFiles::SegmentFiles(std::filesystem::path directory, std::shared_ptr<rocksdb::FileSystem> files,
                           WritePath path)
    : directory_(std::move(directory)),
      files_(files ? std::move(files) : rocksdb::FileSystem::Default()),
      path_(path) {}

IOStatus SegmentFiles::open(std::vector<std::uint64_t>& numbers) {
  const std::string name = directory_.string();
  if (IOStatus s = files_->CreateDirIfMissing(name, {}, nullptr); !s.ok()) return s;
  if (IOStatus s = files_->NewDirectory(name, {}, &synced_, nullptr); !s.ok()) return s;
  std::vector<std::string> names;
  if (IOStatus s = files_->GetChildren(name, {}, &names, nullptr); !s.ok()) return s;
  for (const std::string& n : names) {
    std::uint64_t number = 0;
    const char* const end = n.data() + n.size();
    const auto [behind, error] = std::from_chars(n.data(), end, number);
    if (error == std::errc() && std::string_view(behind, end) == kSuffix) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return IOStatus::OK();
}

std::filesystem::path SegmentFiles::path(std::uint64_t number) const {
  std::string digits = std::to_string(number);
  digits.insert(0, 20 - std::min<std::size_t>(digits.size(), 20), '0');
  return directory_ / (digits + std::string(kSuffix));
}

IOStatus SegmentFiles::open_for_writing(std::uint64_t number, std::uint64_t existing,
                                        rocksdb::FileOptions options,
                                        std::unique_ptr<rocksdb::FSWritableFile>& file) {
  options.fallocate_with_keep_size = false;  // a file of its final size has less to sync with each commit
  const std::string name = path(number).string();
  if (existing == 0) return files_->NewWritableFile(name, options, &file, nullptr);
  return files_->ReuseWritableFile(name, path(existing).string(), options, &file, nullptr);
}

IOStatus SegmentFiles::create(std::uint64_t number, std::uint64_t bytes,
                              std::optional<std::uint64_t> recycled, std::unique_ptr<SegmentWriter>& writer) {
  std::unique_ptr<rocksdb::FSWritableFile> cached, direct;
  rocksdb::FileOptions options;
  if (IOStatus s = open_for_writing(number, recycled.value_or(0), options, cached); !s.ok()) return s;
  IOStatus s = cached->Allocate(0, bytes, {}, nullptr);
  // Where the file system cannot take space in advance, the file grows instead.
  if (s.IsNoSpace()) {
    (void)cached->Close({}, nullptr);
    (void)remove(number);
    return s;
  }
  options.use_direct_writes = true;
  if (!open_for_writing(number, number, options, direct).ok()) direct.reset();
  if (direct && path_ == WritePath::direct) {
    s = cached->Fsync({}, nullptr);
    (void)cached->Close({}, nullptr);
    cached.reset();
    if (!s.ok()) return s;
  }
  s = synced_->Fsync({}, nullptr);
  if (!s.ok()) return s;
  // A segment that was used is taken for one that was filled.
  const std::uint64_t fresh_from = recycled ? bytes : 0;
  writer = std::make_unique<SegmentWriter>(std::move(direct), std::move(cached), bytes, fresh_from, written_);
  return s;
}

IOStatus SegmentFiles::open_for_reading(std::uint64_t number,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>& file) const {
  return files_->NewRandomAccessFile(path(number).string(), {}, &file, nullptr);
}

std::uint64_t SegmentFiles::free_bytes() const {
  std::error_code failed;
  return std::filesystem::space(directory_, failed).available;  // the greatest number where that failed
}

IOStatus SegmentFiles::remove(std::uint64_t number) const {
  return files_->DeleteFile(path(number).string(), {}, nullptr);
}

}  // namespace millrace::storage
