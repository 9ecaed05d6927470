// Processes: starting and stopping a child, and what the kernel says about the resources of any process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

// A child process. Killed when this is destroyed, and by the kernel should the parent end without doing so.
class Process {
 public:
  // Runs `command` (a path and its arguments) with its output in `log`. Throws std::system_error.
  Process(const std::vector<std::string>& command, const std::filesystem::path& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  // What wait(2) said, if it has ended.
  std::optional<int> ended();

  // Kills it and every process of its group at once.
  void kill_group();

  // Asks it to end (SIGTERM), kills it after the deadline. Returns what went wrong; empty if it exited with
  // 0.
  std::string stop(std::chrono::milliseconds deadline);

 private:
  pid_t pid_;
  std::optional<int> status_;
};

// A new directory, removed with all it holds when this is destroyed.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// From now on SIGINT and SIGTERM end the program where it pauses, by an exception, so that children and
// directories are cleared away. Call once, before any thread starts.
void take_interrupts();
// Throws std::runtime_error at an interrupt.
void pause_for(std::chrono::milliseconds duration);

// User and system time of all threads of a process and of the children it has, or had and waited for; none
// if there is no such process. The kernel counts in ticks of 10 ms.
std::optional<double> cpu_seconds(pid_t pid);
double own_cpu_seconds();
double thread_cpu_seconds();  // of the calling thread; in nanoseconds

// Resident memory now, of the process and its children, in megabytes (10^6).
std::optional<double> memory_mb(pid_t pid);

// The largest resident memory so far, in megabytes (10^6). A reset makes it count anew; where that is not
// permitted it covers the life of the process.
std::optional<double> peak_memory_mb(pid_t pid);
void reset_peak_memory(pid_t pid);

// Lets this process and its children open up to `files` files; as many as permitted, if those are fewer.
void raise_open_files(std::size_t files);

// What the files under `directory` take on the disk, in megabytes (10^6); holes take nothing.
double disk_mb(const std::filesystem::path& directory);

}  // namespace millrace::bench
