// Segment files that are made before they are needed, since taking their space is slow.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/rocksdb/segment_files.h"

namespace millrace::storage {

// Safe from any thread.
class SegmentStock {
 public:
  // The files are of `bytes`.
  SegmentStock(SegmentFiles& files, std::uint64_t bytes);
  ~SegmentStock();

  // The first number that is free; before anything else.
  void begin_at(std::uint64_t next);

  // Begins to make a segment, if none is ready.
  void prepare();
  // A segment of `bytes` at least; made now if none is ready. Its number is greater than any before.
  [[nodiscard]] rocksdb::IOStatus take(std::uint64_t bytes, std::uint64_t& number,
                                       std::unique_ptr<SegmentWriter>& writer);
  // A file that is not needed any more: kept to become another segment, or removed.
  void give(std::uint64_t number, bool reusable);

 private:
  void run();
  [[nodiscard]] rocksdb::IOStatus make(std::unique_lock<std::mutex>& lock, std::uint64_t bytes,
                                       std::uint64_t& number, std::unique_ptr<SegmentWriter>& writer);

  SegmentFiles& files_;
  const std::uint64_t bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::uint64_t next_ = 1;
  std::unique_ptr<SegmentWriter> ready_;
  std::uint64_t ready_number_ = 0;
  bool wanted_ = false, making_ = false, stopping_ = false;
  std::vector<std::uint64_t> spare_, unneeded_;

  std::thread thread_;
};

}  // namespace millrace::storage
