// What the disk can do: pwrite and fdatasync, one after the other from one thread, into a file that grows,
// one whose blocks are allocated, and one that was written before (as a log that recycles its segments does).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tools/bench/awake.h"
#include "tools/bench/process.h"
#include "tools/bench/table.h"

namespace millrace::bench {

inline constexpr std::size_t kDiskFileBytes = 64u << 20;

enum class FileKind { kGrowing, kPreallocated, kRecycled };

struct DiskCase {
  FileKind kind;
  bool direct;  // O_DIRECT
  std::size_t chunk;
};

struct DiskFigures {
  std::uint64_t operations = 0;
  double per_s = 0;
  double mb_per_s = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double cpu_us = 0;  // of the writing thread, an operation
};

class Disk {
 public:
  // Writes its file of kDiskFileBytes in a directory of its own under `directory`, which takes a moment.
  // Throws std::system_error.
  explicit Disk(const std::filesystem::path& directory);

  // For `duration`, or until a file that is not recycled has kDiskFileBytes. None where O_DIRECT or the
  // allocation is not supported. Throws std::system_error.
  std::optional<DiskFigures> measure(const DiskCase& one, Processors processors,
                                     std::chrono::milliseconds duration);

 private:
  TemporaryDirectory directory_;
};

// Opens `file` for writing in chunks of whole pages. -1 if that is not supported with `direct`.
int open_log(const std::filesystem::path& file, bool direct);
// Memory at a page's start. Owned by the caller, who frees it with std::free.
char* page_aligned(std::size_t bytes);
// Writes the first kDiskFileBytes of the file, and syncs it.
void write_through(const std::filesystem::path& file);

// The table of all cases, each measured for `duration` with a processor kept awake, and again as it is.
Section disk_section(const std::filesystem::path& directory, std::chrono::milliseconds duration);

}  // namespace millrace::bench
