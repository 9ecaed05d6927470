// Segment files that are made before they are needed, since taking their space is slow.
#pragma once

#include <chrono>
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
  // A segment of `bytes` at least, and of the stock's size unless the disk is almost full; made now if none
  // is ready. Its number is greater than any before.
  struct Made {
    std::uint64_t number = 0, bytes = 0;
    std::unique_ptr<SegmentWriter> writer;
  };
  [[nodiscard]] rocksdb::IOStatus take(std::uint64_t bytes, Made& made);
  // A file that is not needed any more: kept to become another segment, or removed.
  void give(std::uint64_t number, bool reusable);

 private:
  void run();
  [[nodiscard]] rocksdb::IOStatus make(std::unique_lock<std::mutex>& lock, std::uint64_t bytes, Made& made);

  SegmentFiles& files_;
  const std::uint64_t bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::uint64_t next_ = 1;
  Made ready_;                                        // without a writer: none is
  std::chrono::steady_clock::time_point not_before_;  // the next attempt to have one ready
  bool wanted_ = false, making_ = false, stopping_ = false;
  std::vector<std::uint64_t> spare_, unneeded_;

  std::thread thread_;
};

}  // namespace millrace::storage
