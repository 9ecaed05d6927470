// Which processes of the machine belong to which worker: the worker's own, what it started, and what those
// started, whether or not they left its session or their parents are gone. Read from /proc.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::functions {

// Used on the runner's thread alone. The server must be a subreaper (PR_SET_CHILD_SUBREAPER), so that orphans
// become its children and are found. Whatever the server itself starts must stay in the server's session: an
// orphan of another session that no worker can be found for has escaped from one, and is killed.
class WorkerTable {
 public:
  struct Usage {
    unsigned processes = 0;
    std::uint64_t threads = 0;
    std::uint64_t resident_bytes = 0;  // shared pages counted once for each process
  };

  // How many processes and threads a user has.
  [[nodiscard]] static std::uint64_t tasks_of(uid_t user);
  // A worker's process, and an environment entry that it alone was given: orphans are known by it.
  void add(pid_t leader, std::string mark) { leaders_[leader] = std::move(mark); }
  void remove(pid_t leader) { leaders_.erase(leader); }

  // Reads the machine's processes anew, reaps orphans that have ended and kills those that are nobody's.
  void refresh();
  // How many of the latter the last `refresh` found alive.
  [[nodiscard]] unsigned strays() const { return strays_; }
  // As of the last `refresh`.
  [[nodiscard]] Usage usage(pid_t leader) const;
  [[nodiscard]] std::vector<pid_t> processes(pid_t leader) const;
  // What the worker's processes really take, shared pages divided among those that share them. Slow.
  [[nodiscard]] std::uint64_t proportional_bytes(pid_t leader) const;
  // Sends a signal to all of the worker's processes as of the last `refresh`.
  void signal(pid_t leader, int number) const;
  // SIGSTOP to those that are not stopped.
  void stop(pid_t leader) const;
  // Kills all of the worker's processes as of the last `refresh`; returns how many there were that had not
  // ended.
  unsigned kill(pid_t leader) const;

 private:
  struct Process {
    pid_t pid = 0, parent = 0, session = 0;
    char state = 0;
    std::uint64_t threads = 0, started = 0, resident_bytes = 0;
    pid_t leader = 0;  // 0: none of ours
  };
  using Processes = std::unordered_map<pid_t, Process>;

  [[nodiscard]] static Processes read_all();
  [[nodiscard]] static bool read(pid_t pid, Process& out);
  [[nodiscard]] pid_t own_leader(const Process& p) const;
  void assign_leaders(Processes& all) const;
  void care_for_orphans(const Processes& all);

  std::unordered_map<pid_t, std::string> leaders_;
  std::unordered_map<pid_t, Process> ours_;
  unsigned strays_ = 0;
};

// Kills what an earlier server that was killed left behind, processes whose task root lies below `work_dir`,
// and waits a while for their end. `work_dir` is an absolute path. Blocks.
void kill_leftovers(const std::string& work_dir);

}  // namespace millrace::functions
