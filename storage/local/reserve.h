// Space on the disk that is taken while there is plenty, and given back when there is none: so that a start
// on a full disk, and what makes room on it, find some. RocksDB 7.8 aborts the process when it meets a full
// disk while it opens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>

namespace millrace::storage {

// Safe from any thread.
class Reserve {
 public:
  // A file of `bytes`; 0: none.
  Reserve(std::filesystem::path file, std::uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}

  // Gives the space back to the disk.
  void release();
  // Takes it, if the disk has room for it and a quarter more, or holds it already. Answers whether the disk
  // is short of space, so that only what makes room may be written.
  [[nodiscard]] bool is_short();
  // Of the disk, in bytes; all that there may be where it does not say.
  [[nodiscard]] std::uint64_t free_bytes() const;
  // The bytes that are free when writes are taken again.
  [[nodiscard]] std::uint64_t wanted_bytes() const { return bytes_ / 4 * 5; }

 private:
  [[nodiscard]] bool is_held() const;

  const std::filesystem::path file_;
  const std::uint64_t bytes_;
  std::mutex mutex_;
};

}  // namespace millrace::storage
