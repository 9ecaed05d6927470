// Workers' scratch directories where a worker has no /tmp of its own: <work directory>/tmp/<number>. Their
// removal, and measuring what a worker holds, take as long as a function makes them take, and so run on
// threads apart.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace millrace::functions {

// A bound on files, directories and links: one for each 16 KiB, as mkfs.ext4 makes them.
[[nodiscard]] std::uint64_t max_scratch_entries(unsigned megabytes);

// What a worker holds outside its own memory.
struct Held {
  std::uint64_t disk_bytes = 0;    // in its scratch directory, and in deleted files that are open
  std::uint64_t memory_bytes = 0;  // in files of memfd_create that are open, and in buffers of many sockets
  std::uint64_t entries = 0;
  bool too_deep = false;  // directories below more than kMaxScratchDepth others; they are not measured
};
inline constexpr unsigned kMaxScratchDepth = 128;

// What to measure. Stops early when `stop` becomes true, and when `max_entries` are exceeded.
struct Measure {
  std::filesystem::path directory;  // empty: none
  std::vector<pid_t> processes;
  std::uint64_t max_entries = 0;
  const std::atomic<bool>* stop = nullptr;
};
// Blocks, for at most some seconds.
[[nodiscard]] Held measure(const Measure& what);

// Removes everything in `directory`, of any depth, with few descriptors and no recursion: subdirectories are
// moved up and removed in turn. Stops early when `stop` becomes true. Returns the first error, or 0.
[[nodiscard]] int empty_directory(const std::filesystem::path& directory, const std::atomic<bool>& stop);

// Makes the directory. What stands in its place is removed, a link too; nothing is followed.
void ensure_directory(const std::filesystem::path& directory, std::error_code& failed);

class Scratch {
 public:
  // Sets aside what an earlier server left in `work_dir`, and begins to remove it. Never fails: a problem is
  // logged.
  explicit Scratch(std::filesystem::path work_dir);
  // Interrupts a removal; the next start continues it.
  ~Scratch();
  Scratch(const Scratch&) = delete;

  // Makes the directory of a worker. On an error, `failed` is set.
  [[nodiscard]] std::filesystem::path make(std::uint64_t number, std::error_code& failed);
  // Renames it aside at once and removes it later.
  void discard(const std::filesystem::path& directory);
  // `measure`, on a thread of its own. Completes on the caller's executor. `what` and what it refers to must
  // live until then.
  [[nodiscard]] boost::asio::awaitable<Held> look(const Measure& what);

 private:
  void set_aside(const std::filesystem::path& directory);

  const std::filesystem::path scratch_, trash_;
  std::atomic<bool> stop_ = false;
  std::uint64_t names_ = 0;
  boost::asio::thread_pool remover_{1}, looker_{1};
};

}  // namespace millrace::functions
