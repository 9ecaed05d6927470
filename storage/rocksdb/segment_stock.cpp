#include "storage/rocksdb/segment_stock.h"

namespace millrace::storage {
namespace {

// Files that wait to become segments again; what is more goes back to the file system.
constexpr std::size_t kSpares = 2;

// What a segment has at least on a disk that is almost full, if a commit needs no more.
constexpr std::uint64_t kSmallestBytes = 1 << 20;

constexpr std::chrono::seconds kPatience{1};

}  // namespace

SegmentStock::SegmentStock(SegmentFiles& files, std::uint64_t bytes)
    : files_(files), bytes_(bytes), thread_([this] { run(); }) {}

SegmentStock::~SegmentStock() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  // Nothing was written to it.
  if (ready_.writer) (void)files_.remove(ready_.number);
  for (const std::uint64_t number : spare_) (void)files_.remove(number);
}

void SegmentStock::begin_at(std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  next_ = next;
}

void SegmentStock::prepare() {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_ || making_ || ready_.writer || std::chrono::steady_clock::now() < not_before_) return;
    wanted_ = true;
  }
  changed_.notify_all();
}

rocksdb::IOStatus SegmentStock::take(std::uint64_t bytes, Made& made) {
  std::unique_lock lock(mutex_);
  wanted_ = false;
  changed_.wait(lock, [this] { return !making_; });
  if (ready_.writer && bytes > ready_.bytes) {
    ready_.writer.reset();
    unneeded_.push_back(ready_.number);
  }
  if (ready_.writer) {
    made = std::move(ready_);
    return rocksdb::IOStatus::OK();
  }
  std::uint64_t size = std::max(bytes, bytes_);
  for (;;) {
    rocksdb::IOStatus s = make(lock, size, made);
    if (!s.IsNoSpace() || size / 4 < std::max(bytes, kSmallestBytes)) return s;
    size /= 4;
  }
}

rocksdb::IOStatus SegmentStock::make(std::unique_lock<std::mutex>& lock, std::uint64_t bytes, Made& made) {
  making_ = true;
  made.number = next_++;
  made.bytes = bytes;
  std::optional<std::uint64_t> recycled;
  if (!spare_.empty()) {
    recycled = spare_.back();
    spare_.pop_back();
  }
  lock.unlock();
  rocksdb::IOStatus s = files_.create(made.number, bytes, recycled, made.writer);
  lock.lock();
  making_ = false;
  changed_.notify_all();
  return s;
}

void SegmentStock::give(std::uint64_t number, bool reusable) {
  {
    const std::lock_guard lock(mutex_);
    (reusable && spare_.size() < kSpares ? spare_ : unneeded_).push_back(number);
  }
  changed_.notify_all();
}

void SegmentStock::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !unneeded_.empty() || (wanted_ && !making_); });
    while (!unneeded_.empty()) {
      const std::uint64_t number = unneeded_.back();
      unneeded_.pop_back();
      lock.unlock();
      (void)files_.remove(number);
      lock.lock();
    }
    if (stopping_) return;
    if (!wanted_ || making_) continue;
    wanted_ = false;
    // What fails here is tried again, and told, by `take`.
    Made made;
    if (make(lock, bytes_, made).ok())
      ready_ = std::move(made);
    else
      not_before_ = std::chrono::steady_clock::now() + kPatience;
  }
}

}  // namespace millrace::storage
