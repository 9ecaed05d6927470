#include "tools/bench/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>

#include "tools/bench/histogram.h"

namespace millrace::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kLargestChunk = 4u << 20;
constexpr std::size_t kChunks[] = {kPage, 64u << 10, 512u << 10, kLargestChunk};

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

struct File {
  int descriptor;
  ~File() { close(descriptor); }
};

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Random bytes, so that no layer below can shorten them.
std::unique_ptr<char, Free> random_page_aligned(std::size_t bytes) {
  std::unique_ptr<char, Free> memory(page_aligned(bytes));
  std::uint64_t state = 0x9E3779B97F4A7C15u;
  for (std::size_t i = 0; i < bytes; i += sizeof(state)) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    std::memcpy(memory.get() + i, &state, sizeof(state));
  }
  return memory;
}

const char* name_of(FileKind kind) {
  if (kind == FileKind::kGrowing) return "growing";
  return kind == FileKind::kPreallocated ? "preallocated" : "recycled";
}

std::string name_of(std::size_t chunk) {
  return chunk >= 1u << 20 ? fmt::format("{} MiB", chunk >> 20) : fmt::format("{} KiB", chunk >> 10);
}

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

nlohmann::json json_of(const DiskFigures& figures) {
  return {{"operations", figures.operations}, {"operations_per_s", figures.per_s},
          {"mb_per_s", figures.mb_per_s},     {"p50_ms", figures.p50_ms},
          {"p99_ms", figures.p99_ms},         {"cpu_us", figures.cpu_us}};
}

}  // namespace

char* page_aligned(std::size_t bytes) {
  auto* memory = static_cast<char*>(std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

int open_log(const std::filesystem::path& file, bool direct) {
  const int descriptor = open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | (direct ? O_DIRECT : 0), 0600);
  if (descriptor < 0 && !(direct && errno == EINVAL)) throw_errno(file.c_str());
  return descriptor;
}

void write_through(const std::filesystem::path& file) {
  const int direct = open_log(file, true);  // past the page cache, whose new pages are dear on some machines
  const File log{direct >= 0 ? direct : open_log(file, false)};
  const auto bytes = random_page_aligned(kLargestChunk);
  for (std::size_t at = 0; at < kDiskFileBytes; at += kLargestChunk) {
    if (pwrite(log.descriptor, bytes.get(), kLargestChunk, static_cast<off_t>(at)) !=
        static_cast<ssize_t>(kLargestChunk))
      throw_errno("pwrite");
  }
  if (fsync(log.descriptor) != 0) throw_errno("fsync");
}

Disk::Disk(const std::filesystem::path& directory) : directory_(directory) {
  write_through(directory_.path() / "recycled");
}

std::optional<DiskFigures> Disk::measure(const DiskCase& one, Processors processors,
                                         std::chrono::milliseconds duration) {
  const bool recycled = one.kind == FileKind::kRecycled;
  const std::filesystem::path file = directory_.path() / (recycled ? "recycled" : "fresh");
  if (!recycled) std::filesystem::remove(file);
  const int descriptor = open_log(file, one.direct);
  if (descriptor < 0) return std::nullopt;
  const File log{descriptor};
  if (one.kind == FileKind::kPreallocated && fallocate(descriptor, 0, 0, kDiskFileBytes) != 0) {
    return std::nullopt;
  }
  if (fsync(descriptor) != 0) throw_errno("fsync");

  const auto bytes = random_page_aligned(one.chunk);
  Histogram latency;
  DiskFigures figures;
  const Awake awake(processors);
  const double cpu = thread_cpu_seconds();
  const auto start = steady_clock::now();
  auto now = start;
  for (std::size_t at = 0; now < start + duration; at += one.chunk) {
    if (at + one.chunk > kDiskFileBytes) {
      if (!recycled) break;
      at = 0;
    }
    if (pwrite(descriptor, bytes.get(), one.chunk, static_cast<off_t>(at)) != static_cast<ssize_t>(one.chunk))
      throw_errno("pwrite");
    if (fdatasync(descriptor) != 0) throw_errno("fdatasync");
    const auto done = steady_clock::now();
    latency.add(std::chrono::duration_cast<std::chrono::microseconds>(done - now));
    ++figures.operations;
    now = done;
  }
  const auto operations = static_cast<double>(figures.operations);
  figures.cpu_us = (thread_cpu_seconds() - cpu) / operations * 1e6;
  figures.per_s = operations / std::chrono::duration<double>(now - start).count();
  figures.mb_per_s = figures.per_s * static_cast<double>(one.chunk) / 1e6;
  figures.p50_ms = in_ms(latency.quantile(0.5));
  figures.p99_ms = in_ms(latency.quantile(0.99));
  return figures;
}

Section disk_section(const std::filesystem::path& directory, std::chrono::milliseconds duration) {
  Section section{.name = "disk", .json = nlohmann::json::array()};
  Table table{
      .title = "The disk",
      .notes =
          {fmt::format(
               "pwrite + fdatasync, one thread; {} ms a figure, at most {} MiB in a file that is not "
               "recycled: "
               "new pages of the page cache are dear on virtual machines and would be all that is measured.",
               duration.count(), kDiskFileBytes >> 20),
           "One processor is kept awake by an idle-priority thread; the last column is without it, where the "
           "end of a write may wait for a sleeping processor's next tick."},
      .header = {"file", "", "chunk", "operations/s", "MB/s", "p50 ms", "p99 ms", "CPU us an operation",
                 "p50 ms, processors asleep"},
      .names = 3};
  Disk disk(directory);
  for (const FileKind kind : {FileKind::kGrowing, FileKind::kPreallocated, FileKind::kRecycled}) {
    for (const bool direct : {false, true}) {
      for (const std::size_t chunk : kChunks) {
        const auto figures = disk.measure({kind, direct, chunk}, Processors::kAwake, duration);
        const auto asleep = disk.measure({kind, direct, chunk}, Processors::kAsItIs, duration);
        Row row = {name_of(kind), direct ? "O_DIRECT" : "buffered", name_of(chunk)};
        if (!figures || !asleep) {
          row.insert(row.end(), {"not supported", "-", "-", "-", "-", "-"});
          table.rows.push_back(std::move(row));
          continue;
        }
        row.insert(row.end(), {number(figures->per_s), number(figures->mb_per_s), number(figures->p50_ms),
                               number(figures->p99_ms), number(figures->cpu_us), number(asleep->p50_ms)});
        table.rows.push_back(std::move(row));
        nlohmann::json one = {{"file", name_of(kind)}, {"direct", direct}, {"chunk_bytes", chunk}};
        one["awake"] = json_of(*figures);
        one["as_it_is"] = json_of(*asleep);
        section.json.push_back(std::move(one));
      }
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace millrace::bench
