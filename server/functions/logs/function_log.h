// What functions print, kept in files: <directory>/<account>/<region>/<function>.log, and the part before it
// in <function>.log.1. Text as the function wrote it, with Lambda's START, END and REPORT lines around it. A
// line of a file:
//   <milliseconds since the epoch> TAB <log stream> TAB <the line that was written>
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/functions/logs/log_writer.h"
#include "storage/clock.h"

namespace millrace::functions {

// A line of a log file without what stands before it; the line itself if nothing does.
struct LogLine {
  std::int64_t ms = 0;
  std::string_view stream, text;
};
[[nodiscard]] LogLine parse_log_line(std::string_view line);

// Where a function's log is in the directory of all, whether or not it exists; and the part before it.
[[nodiscard]] std::filesystem::path log_file(const std::filesystem::path& directory,
                                             const std::string& account, const std::string& region,
                                             const std::string& function);
[[nodiscard]] std::filesystem::path old_log_file(std::filesystem::path log);

// When a file was last written to; nullopt when it is not there.
[[nodiscard]] std::optional<Time> modified(const std::filesystem::path& path);

// How many days a function's log is kept: a number in <function>.days beside it. nullopt: it does not expire.
[[nodiscard]] std::optional<int> retention_days(const std::filesystem::path& log);
// Completes when it is on disk. Throws std::runtime_error.
void set_retention_days(const std::filesystem::path& log, std::optional<int> days);
// The time of the oldest line that has not expired.
[[nodiscard]] Time first_kept(const std::filesystem::path& log, Time now);

// One function's log; shared by its workers. Calls return at once, and a thread of the writer's does the
// work, in order. A write that fails loses its text, and the server's log says so once.
class FunctionLog : public std::enable_shared_from_this<FunctionLog> {
 public:
  // `bytes`: the size at which the file becomes the old one, so that both take at most twice that.
  FunctionLog(LogWriter& writer, std::filesystem::path path, std::uint64_t bytes)
      : writer_(writer), path_(std::move(path)), max_bytes_(bytes) {}
  ~FunctionLog();
  FunctionLog(const FunctionLog&) = delete;

  // Makes the file, if it is not there.
  void begin();
  void append(std::string text);

  // For the writer's thread: forgets what the newest file holds.
  void clear();

 private:
  void open();
  void write(std::string_view text);
  void rotate();
  void complain(const char* what);

  LogWriter& writer_;
  const std::filesystem::path path_;
  const std::uint64_t max_bytes_;
  // For the writer's thread.
  std::uint64_t size_ = 0;
  int file_ = -1;
  std::atomic<bool> complained_ = false;
};

// The logs that are open, by function. Safe from any thread.
class FunctionLogs {
 public:
  FunctionLogs(std::filesystem::path directory, std::uint64_t bytes)
      : directory_(std::move(directory)), bytes_(bytes) {}

  // shared_ptr: a log stays open while any worker of its function lives.
  [[nodiscard]] std::shared_ptr<FunctionLog> of(const std::string& account, const std::string& region,
                                                const std::string& function);
  // Has the files removed that hold nothing but what has expired.
  void expire(Time now);
  // Returns when all that functions have written so far can be read. Blocks.
  void settle() { writer_.settle(); }
  // Where that log is, whether or not it exists.
  [[nodiscard]] std::filesystem::path path(const std::string& account, const std::string& region,
                                           const std::string& function) const;

 private:
  void expire_now(Time now);

  const std::filesystem::path directory_;
  const std::uint64_t bytes_;
  std::mutex mutex_;
  std::map<std::filesystem::path, std::weak_ptr<FunctionLog>> open_;  // guarded by mutex_
  LogWriter writer_;
};

// A worker's output on its way into the log. Output beyond the invocation's share is dropped and counted, so
// that a function that prints without end fills no disk; the last of it is kept as the tail.
class WorkerOutput {
 public:
  WorkerOutput(std::shared_ptr<FunctionLog> log, std::uint64_t invocation_bytes, const Clock& clock)
      : log_(std::move(log)), share_(invocation_bytes), clock_(clock) {}

  // The log stream of what comes from here on.
  void set_stream(std::string name) { stream_ = std::move(name); }

  // From here on the output is a new invocation's.
  void begin();
  // What the function printed: any bytes, cut anywhere.
  void write(std::string_view bytes);
  // A line of the platform's own, never dropped. Without its line break.
  void line(std::string_view text);
  // Ends the line that the function left open, and says how much was dropped.
  void finish();
  // The last 4 KiB since `begin`.
  [[nodiscard]] std::string tail() const { return tail_; }

 private:
  void keep(std::string_view bytes);
  // `lines` ends with a line break.
  void append(std::string_view lines);
  void remember(std::string_view bytes);

  std::shared_ptr<FunctionLog> log_;  // shared with the function's other workers
  const std::uint64_t share_;
  const Clock& clock_;
  std::string stream_ = "-";
  std::uint64_t kept_ = 0, dropped_ = 0;
  std::string open_line_;  // held back until it is whole, lest another worker's line land inside it
  std::string tail_;
  bool line_open_ = false;
};

}  // namespace millrace::functions
