// A worker's child process: started without the server's environment and descriptors, in a session of its
// own.
#pragma once

#include <linux/filter.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/functions/isolation/landlock.h"
#include "server/functions/isolation/sandbox.h"

namespace millrace::functions {

struct Command {
  std::vector<std::string> arguments;    // the first is the absolute path of the executable
  std::vector<std::string> environment;  // NAME=value; all that the child sees
  std::string directory;
  std::uint64_t data_bytes = 0;  // RLIMIT_DATA
  std::uint64_t file_bytes = 0;  // RLIMIT_FSIZE; writing more fails, and does not kill
  std::uint64_t tasks = 0;       // RLIMIT_NPROC: processes and threads of the user, or of the namespace
  // nullptr: in the server's own file system, with its user.
  std::shared_ptr<const Sandbox> sandbox;
  std::shared_ptr<const Landlock> landlock;  // nullptr: without rules
  std::vector<sock_filter> filter;           // of system calls
  // Of control groups that the process joins.
  std::vector<std::string> cgroup_files;
};

// How a process ended. At most one of the two is not 0.
struct ExitStatus {
  int code = 0, signal = 0;

  // In AWS's words: "Runtime exited with error: exit status 127".
  [[nodiscard]] std::string text() const;
};

// Lives on the runner's io_context. The child is killed by the kernel when the thread that started it ends,
// so it must be started from a thread that lives as long as the runner.
class WorkerProcess {
 public:
  // Starts the command; the error is that of execve, or of what had to be made for it.
  [[nodiscard]] static boost::system::result<std::unique_ptr<WorkerProcess>> start(
      boost::asio::io_context& context, const Command& command);
  // The process must have been reaped.
  ~WorkerProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Where Landlock restricts it: the listener of its filter of system calls, once; else -1.
  [[nodiscard]] int take_listener() { return std::exchange(listener_, -1); }
  // Standard output and standard error together; non-blocking.
  [[nodiscard]] boost::asio::posix::stream_descriptor& output() { return output_; }

  // How it ended, if it has.
  [[nodiscard]] std::optional<ExitStatus> status() const;
  // Completes when the process has ended; it then still has to be reaped, and until then keeps its id.
  [[nodiscard]] boost::asio::awaitable<ExitStatus> ended();
  // Kills the process and its group at once. Descendants that left the group are the process table's to find.
  void kill();
  // Sends a signal to the process and its group.
  void signal(int number);
  // Gives the id of an ended process back to the system.
  void reap();

 private:
  WorkerProcess(boost::asio::io_context& context, pid_t pid, int output, int handle)
      : pid_(pid), output_(context, output), handle_(context, handle) {}

  const pid_t pid_;
  bool reaped_ = false;
  int listener_ = -1;
  boost::asio::posix::stream_descriptor output_, handle_;
};

}  // namespace millrace::functions
