#include "tools/bench/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>

#include "tools/bench/histogram.h"
#include "tools/bench/process.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMostBytes = 256 << 20;
// Of a recycled file: what is written again and again.
constexpr std::size_t kRingBytes = 64 << 20;
constexpr auto kDuration = 1s;

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

// Removed when it is closed.
class File {
 public:
  File(const std::filesystem::path& path, int flags) : path_(path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    check(descriptor_ >= 0, path.c_str());
  }
  ~File() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  File(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const std::filesystem::path path_;
  int descriptor_;
};

const char* name_of(FileKind kind) {
  return kind == FileKind::growing ? "growing" : kind == FileKind::preallocated ? "preallocated" : "recycled";
}

}  // namespace

DiskFigures measure_disk(const std::filesystem::path& directory, FileKind kind, bool direct, bool synced,
                         std::size_t chunk) {
  const File file(directory / "disk", direct ? O_DIRECT : 0);
  const std::size_t size = kind == FileKind::recycled ? kRingBytes : kMostBytes;
  const std::unique_ptr<void, decltype(&std::free)> buffer(std::aligned_alloc(kPage, chunk), std::free);
  std::memset(buffer.get(), 'x', chunk);
  if (kind != FileKind::growing)
    check(::posix_fallocate(file.get(), 0, static_cast<off_t>(size)) == 0, "fallocate");
  if (kind == FileKind::recycled) {
    const std::size_t piece = std::max<std::size_t>(chunk, 1 << 20);
    const std::unique_ptr<void, decltype(&std::free)> old(std::aligned_alloc(kPage, piece), std::free);
    std::memset(old.get(), 'o', piece);
    for (std::size_t at = 0; at + piece <= size; at += piece)
      check(::pwrite(file.get(), old.get(), piece, static_cast<off_t>(at)) > 0, "write");
  }
  check(::fsync(file.get()) == 0, "fsync");

  Histogram latency;
  std::size_t at = 0, written = 0, writes = 0;
  const double cpu = thread_cpu_seconds();
  const auto begin = steady_clock::now();
  auto now = begin;
  while (now - begin < kDuration && written + chunk <= kMostBytes) {
    if (at + chunk > size) at = 0;
    check(::pwrite(file.get(), buffer.get(), chunk, static_cast<off_t>(at)) == static_cast<ssize_t>(chunk),
          "write");
    if (synced) check(::fdatasync(file.get()) == 0, "fdatasync");
    at += chunk;
    written += chunk;
    ++writes;
    const auto end = steady_clock::now();
    latency.add(std::chrono::duration_cast<std::chrono::microseconds>(end - now));
    now = end;
  }
  const double seconds = std::chrono::duration<double>(now - begin).count();
  DiskFigures figures{.kind = kind, .direct = direct, .synced = synced, .chunk = chunk};
  figures.per_s = static_cast<double>(writes) / seconds;
  figures.mb_per_s = static_cast<double>(written) / seconds / 1e6;
  figures.p50_ms = static_cast<double>(latency.quantile(0.5).count()) / 1000;
  figures.p99_ms = static_cast<double>(latency.quantile(0.99).count()) / 1000;
  figures.cpu_us = (thread_cpu_seconds() - cpu) / static_cast<double>(writes) * 1e6;
  return figures;
}

std::vector<DiskFigures> measure_disk(const std::filesystem::path& directory) {
  std::vector<DiskFigures> all;
  for (const std::size_t chunk : {4u << 10, 64u << 10, 512u << 10, 4u << 20})
    for (const bool direct : {false, true})
      for (const FileKind kind : {FileKind::growing, FileKind::preallocated, FileKind::recycled})
        all.push_back(measure_disk(directory, kind, direct, true, chunk));
  return all;
}

std::string disk_report(const std::vector<DiskFigures>& figures) {
  std::string text = fmt::format("{:>9}  {:<13} {:<7} {:>9} {:>8} {:>9} {:>9} {:>9}\n", "KiB", "file", "path",
                                 "writes/s", "MB/s", "p50 ms", "p99 ms", "CPU us");
  for (const DiskFigures& f : figures)
    text += fmt::format("{:>9}  {:<13} {:<7} {:>9.0f} {:>8.0f} {:>9.2f} {:>9.2f} {:>9.0f}\n", f.chunk >> 10,
                        name_of(f.kind), f.direct ? "direct" : "cached", f.per_s, f.mb_per_s, f.p50_ms,
                        f.p99_ms, f.cpu_us);
  return text;
}

}  // namespace millrace::bench
