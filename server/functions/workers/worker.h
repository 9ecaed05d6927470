// A worker: one child process for one revision of one function, with its Runtime API, its output and its
// scratch directory.
#pragma once

#include "server/functions/code/code_cache.h"
#include "server/functions/isolation/cgroups.h"
#include "server/functions/isolation/scratch.h"
#include "server/functions/logs/function_log.h"
#include "server/functions/mode_changes.h"
#include "server/functions/workers/runtime_api.h"
#include "server/functions/workers/worker_environment.h"
#include "server/functions/workers/worker_process.h"
#include "server/functions/workers/worker_table.h"

namespace millrace::functions {

// What all workers of a runner share. Outlives them.
struct WorkerShared {
  boost::asio::io_context& context;
  const RunnerOptions& options;
  const Clock& clock;
  WorkerTable& table;
  FunctionLogs& logs;
  Interpreters& interpreters;
  const SandboxBase& sandboxes;
  Cgroups& cgroups;
  Scratch& scratch;
  ModeChanges* mode_changes;  // nullptr where workers have users or namespaces of their own
  const std::vector<sock_filter> filter;
  const std::uint64_t tasks_of_user;  // that the server's user had at the start
};

// Lives on the runner's io_context, owned by the pool. `start`, then `until` whatever is awaited, at last
// `end`, which must complete before it is destroyed. `on_change` is called, from the io_context, whenever the
// process or the phase of its Runtime API changed.
class Worker {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  enum class Killed { no, memory, processes, disk, timeout, stopped };

  // What it is started from.
  struct Parts {
    CodeCache::Use code;
    std::optional<CodeCache::Use> layers;
    Interpreter interpreter;  // of a managed runtime
  };

  Worker(WorkerShared& shared, lambda::FunctionSpec function, Parts parts, std::uint64_t number,
         std::function<void()> on_change);

  [[nodiscard]] std::optional<NoCommand> start();

  [[nodiscard]] const lambda::FunctionSpec& function() const { return function_; }
  [[nodiscard]] RuntimeApi& api() { return *api_; }
  [[nodiscard]] WorkerOutput& output() { return output_; }
  // How the process ended; nullopt while it runs.
  [[nodiscard]] const std::optional<ExitStatus>& exit() const { return exit_; }
  // False once the process has ended or been killed, though `exit` may not tell yet.
  [[nodiscard]] bool alive() const {
    return !exit_ && killed_ == Killed::no && process_ && !process_->status();
  }
  [[nodiscard]] Killed killed() const { return killed_; }
  // Whether the kernel has killed one of its processes for want of memory. The others are killed then.
  [[nodiscard]] bool lost_a_process_to_memory();
  [[nodiscard]] pid_t pid() const { return process_ ? process_->pid() : 0; }

  // Waits until `done()` or the deadline; false: the deadline came first. One waits at a time. `done` looks
  // at this worker, whose every change wakes the wait.
  template <class Done>
  [[nodiscard]] boost::asio::awaitable<bool> until(Done done, Instant deadline) {
    while (!done()) {
      if (std::chrono::steady_clock::now() >= deadline) co_return false;
      changed_.expires_at(deadline);
      boost::system::error_code ignored;
      co_await changed_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    co_return true;
  }

  // Takes what the process has printed so far out of the pipe and into the log.
  void drain();
  // Kills what there is now; whoever waits sees the exit. The first reason stays.
  void kill(Killed reason);
  // Stops all its processes until `thaw`, as of the table's last `refresh`. To be repeated: what a process
  // has started meanwhile may have been missed.
  void freeze();
  void thaw();
  [[nodiscard]] bool frozen() const { return frozen_; }
  // Takes the watchdog's look: remembers the peak, kills what is over the limits.
  void check_limits();
  // The most memory seen, in MB.
  [[nodiscard]] std::uint64_t peak_mb();

  // Kills everything that the worker started and waits until nothing of it is left.
  [[nodiscard]] boost::asio::awaitable<void> end();

 private:
  // Whether a connection to the Runtime API is one of its processes'.
  [[nodiscard]] bool is_own(const boost::asio::ip::tcp::socket& socket);
  // Where the function's directories are, and where it sees them.
  [[nodiscard]] WorkerPlace place() const;
  [[nodiscard]] std::uint64_t max_tasks() const;
  // Adds the sandbox and the control group, as far as there are any.
  void isolate(Command& command, const WorkerPlace& place);
  // Whether only looking bounds what it holds on disk and in memory files.
  [[nodiscard]] bool has_scratch_directory() const { return !scratch_.empty(); }
  [[nodiscard]] bool needs_looks() const { return has_scratch_directory() || !cgroup_; }
  // Begins a look at that, when one is due; the next `check_limits` acts on it.
  void look_at_held();
  boost::asio::awaitable<void> look(Measure what);
  boost::asio::awaitable<void> read_output();
  boost::asio::awaitable<void> watch_exit();
  void wake() {
    changed_.cancel();
    on_change_();
  }

  WorkerShared& shared_;
  const lambda::FunctionSpec function_;
  const Parts parts_;
  const std::uint64_t number_;
  std::filesystem::path scratch_;  // empty: it has a /tmp of its own
  const std::function<void()> on_change_;
  WorkerOutput output_;
  boost::asio::steady_timer changed_;
  std::unique_ptr<RuntimeApi> api_;
  std::unique_ptr<WorkerProcess> process_;
  std::unique_ptr<Cgroup> cgroup_;
  std::vector<char> buffer_;
  std::optional<ExitStatus> exit_;
  Killed killed_ = Killed::no;
  std::uint64_t peak_bytes_ = 0;
  Held held_;
  Instant next_look_{};
  bool looking_ = false, frozen_ = false;
  std::atomic<bool> ending_ = false;  // for `look`, on its thread
  unsigned running_ = 0;              // coroutines
};

}  // namespace millrace::functions
