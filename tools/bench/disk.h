// The floor of the disk: what a write and its sync cost, by how the file was made and how much is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace millrace::bench {

enum class FileKind {
  growing,       // empty at first
  preallocated,  // its space taken, but never written
  recycled,      // written before, as a log that uses its files again
};

struct DiskFigures {
  FileKind kind;
  bool direct = false;  // past the page cache (O_DIRECT)
  bool synced = false;  // fdatasync after each write
  std::size_t chunk = 0;
  double per_s = 0, mb_per_s = 0, p50_ms = 0, p99_ms = 0;
  double cpu_us = 0;  // of this thread, a write
};

// Writes chunks to a file in `directory` for about a second, 256 MB at most. Throws std::system_error, and
// where the file system has no O_DIRECT std::runtime_error.
DiskFigures measure_disk(const std::filesystem::path& directory, FileKind kind, bool direct, bool synced,
                         std::size_t chunk);

// All kinds, with sync, at 4 KiB, 64 KiB, 512 KiB and 4 MiB.
std::vector<DiskFigures> measure_disk(const std::filesystem::path& directory);

std::string disk_report(const std::vector<DiskFigures>& figures);

}  // namespace millrace::bench
