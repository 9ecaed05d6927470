#include "storage/local/segments/segment_stock.h"

#include <utility>

namespace millrace::storage {
namespace {

// Files that always wait to become segments again; more than these go, one in each pause.
constexpr std::size_t kSpares = 2;
constexpr std::chrono::milliseconds kPause{50};
// With less space than this number of segments, they go at once.
constexpr std::uint64_t kLowSpaceSegments = 16;
// What an orderly end has for removing them. (What is left the next start returns, as any segment in which
// nothing is live.)
constexpr std::chrono::seconds kLastRemovals{2};

// With less space than this number of segments, new ones are small, none is made ahead, and none is kept.
constexpr std::uint64_t kShortSegments = 2;

// What a segment has at least on a disk that is almost full, if a commit needs no more.
constexpr std::uint64_t kSmallestBytes = 1 << 20;

constexpr std::chrono::seconds kPatience{1};

}  // namespace

SegmentStock::SegmentStock(SegmentFiles& files, std::uint64_t bytes, std::chrono::milliseconds keep_for,
                           Note write_note)
    : files_(files), bytes_(bytes), keep_for_(keep_for), write_note_(std::move(write_note)), thread_([this] {
        run();
      }) {}

SegmentStock::~SegmentStock() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  // Nothing was written to it.
  if (ready_.writer) (void)files_.remove(ready_.number);
  const auto until = std::chrono::steady_clock::now() + kLastRemovals;
  for (const Spare& spare : spare_) {
    if (std::chrono::steady_clock::now() > until) break;
    (void)files_.remove(spare.number);
  }
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
  const std::uint64_t least = std::max(bytes, kSmallestBytes);
  if (spare_.empty())
    while (size / 4 >= least && files_.free_bytes() < kShortSegments * size) size /= 4;
  for (;;) {
    rocksdb::IOStatus s = make(lock, size, made);
    if (!s.IsNoSpace() || size / 4 < least) return s;
    size /= 4;
  }
}

rocksdb::IOStatus SegmentStock::make(std::unique_lock<std::mutex>& lock, std::uint64_t bytes, Made& made) {
  making_ = true;
  made.number = next_++;
  made.bytes = bytes;
  std::optional<std::uint64_t> recycled;
  if (!spare_.empty()) {
    recycled = spare_.back().number;
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
  if (files_.free_bytes() < kShortSegments * bytes_) reusable = false;
  {
    const std::lock_guard lock(mutex_);
    if (reusable)
      spare_.push_back({number, std::chrono::steady_clock::now()});
    else
      unneeded_.push_back(number);
  }
  changed_.notify_all();
}

void SegmentStock::note(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    to_note_ = number;
  }
  changed_.notify_all();
}

bool SegmentStock::has_too_many() const {
  if (spare_.size() <= kSpares) return false;
  return std::chrono::steady_clock::now() - spare_.front().since >= keep_for_ ||
         files_.free_bytes() < kLowSpaceSegments * bytes_;
}

void SegmentStock::run() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] {
    return stopping_ || to_note_ != 0 || !unneeded_.empty() || (wanted_ && !making_);
  };
  for (;;) {
    if (spare_.size() <= kSpares)
      changed_.wait(lock, [&] { return has_work() || spare_.size() > kSpares; });
    else
      changed_.wait_for(lock, kPause, has_work);
    if (has_too_many()) {
      unneeded_.push_back(spare_.front().number);
      spare_.pop_front();
    }
    // Before files go: it says which one is there.
    if (const std::uint64_t newest = std::exchange(to_note_, 0); newest != 0) {
      lock.unlock();
      write_note_(newest);
      lock.lock();
    }
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
    if (spare_.empty() && files_.free_bytes() < kShortSegments * bytes_) continue;
    // What fails here is tried again, and told, by `take`.
    Made made;
    if (make(lock, bytes_, made).ok())
      ready_ = std::move(made);
    else
      not_before_ = std::chrono::steady_clock::now() + kPatience;
  }
}

}  // namespace millrace::storage
