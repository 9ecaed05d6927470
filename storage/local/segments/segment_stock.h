// Segment files that are made before they are needed, and kept for a while when they are not needed any more:
// to take space and to give it back is slow, the latter more so where the file system tells the disk (12 ms
// of the disk's time for 64 MiB, seen with ext4's discard).
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "storage/local/segments/segment_files.h"

namespace millrace::storage {

// Safe from any thread.
class SegmentStock {
 public:
  // The files are of `bytes`. What is not needed any more is removed after `keep_for`, or as soon as the disk
  // is almost full.
  // Notes are written by `write_note`.
  using Note = std::function<void(std::uint64_t number)>;
  SegmentStock(SegmentFiles& files, std::uint64_t bytes, std::chrono::milliseconds keep_for, Note write_note);
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
  // Has the number of the newest segment that holds commits noted, soon.
  void note(std::uint64_t number);

 private:
  struct Spare {
    std::uint64_t number;
    std::chrono::steady_clock::time_point since;
  };
  void run();
  // Whether the oldest spare is to go.
  [[nodiscard]] bool has_too_many() const;
  [[nodiscard]] rocksdb::IOStatus make(std::unique_lock<std::mutex>& lock, std::uint64_t bytes, Made& made);

  SegmentFiles& files_;
  const std::uint64_t bytes_;
  const std::chrono::milliseconds keep_for_;
  const Note write_note_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::uint64_t next_ = 1;
  std::uint64_t to_note_ = 0;                         // 0: nothing
  Made ready_;                                        // without a writer: none is
  std::chrono::steady_clock::time_point not_before_;  // the next attempt to have one ready
  bool wanted_ = false, making_ = false, stopping_ = false;
  std::deque<Spare> spare_;  // the oldest in front
  std::vector<std::uint64_t> unneeded_;

  std::thread thread_;
};

}  // namespace millrace::storage
