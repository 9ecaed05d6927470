#include "storage/rocksdb/segment_stock.h"

namespace millrace::storage {
namespace {

// Files that wait to become segments again; what is more goes back to the file system.
constexpr std::size_t kSpares = 2;

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
  if (ready_) (void)files_.remove(ready_number_);
  for (const std::uint64_t number : spare_) (void)files_.remove(number);
}

void SegmentStock::begin_at(std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  next_ = next;
}

void SegmentStock::prepare() {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_ || making_ || ready_) return;
    wanted_ = true;
  }
  changed_.notify_all();
}

rocksdb::IOStatus SegmentStock::take(std::uint64_t bytes, std::uint64_t& number,
                                     std::unique_ptr<SegmentWriter>& writer) {
  std::unique_lock lock(mutex_);
  wanted_ = false;
  changed_.wait(lock, [this] { return !making_; });
  if (ready_ && bytes > bytes_) {
    ready_.reset();
    unneeded_.push_back(ready_number_);
  }
  if (!ready_) return make(lock, std::max(bytes, bytes_), number, writer);
  writer = std::move(ready_);
  number = ready_number_;
  return rocksdb::IOStatus::OK();
}

rocksdb::IOStatus SegmentStock::make(std::unique_lock<std::mutex>& lock, std::uint64_t bytes,
                                     std::uint64_t& number, std::unique_ptr<SegmentWriter>& writer) {
  making_ = true;
  number = next_++;
  std::optional<std::uint64_t> recycled;
  if (!spare_.empty()) {
    recycled = spare_.back();
    spare_.pop_back();
  }
  lock.unlock();
  rocksdb::IOStatus s = files_.create(number, bytes, recycled, writer);
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
    std::unique_ptr<SegmentWriter> writer;
    std::uint64_t number = 0;
    // What fails here is tried again, and told, by `take`.
    if (make(lock, bytes_, number, writer).ok()) {
      ready_ = std::move(writer);
      ready_number_ = number;
    }
  }
}

}  // namespace millrace::storage
