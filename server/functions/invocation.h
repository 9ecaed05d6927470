// One invocation, from the wait for a worker to the result.
#pragma once

#include "server/functions/workers/worker_pool.h"

namespace millrace::functions {

// Lives on the runner's io_context, in the frame of the coroutine that runs it.
class Invocation {
 public:
  using Outcome = boost::system::result<lambda::InvokeResult, lambda::NotRun>;

  Invocation(WorkerShared& shared, WorkerPool& pool, CodeCache& code, RunnerProbes& probes,
             lambda::FunctionSpec function, std::string payload, lambda::InvokeContext context);

  // Once. Completes when the function answered or failed; what is then left of the worker is the pool's.
  [[nodiscard]] boost::asio::awaitable<Outcome> run();

 private:
  using Instant = Worker::Instant;
  // What became of an attempt to start the worker.
  enum class Start {
    ready,
    failed,   // the runtime said so, or there is nothing to start
    exited,   // before it asked for work
    overran,  // has not asked for work by the deadline
    not_run,  // for a reason that is not the function's: `not_run_` has it
  };

  boost::asio::awaitable<Outcome> run_in(Seat& seat);
  // Starts a worker in the seat as Lambda does: first on time of its own, then once more on the function's.
  boost::asio::awaitable<Start> cold_start(Seat& seat);
  boost::asio::awaitable<Start> start(Seat& seat, Instant deadline);
  // What the worker is started from; nullopt: `not_run_` says why not.
  boost::asio::awaitable<std::optional<Worker::Parts>> parts();
  // For a reason that is the server's: into its log and `not_run_`.
  void not_started(const std::string& reason);
  void begin(Worker& worker);
  boost::asio::awaitable<void> hand_over(Worker& worker);

  // The ends of an invocation. Each sets the result's payload and error.
  void start_failed(Worker& worker, Start how);
  void ended(Worker& worker);
  void fail(std::string_view error_type, std::string_view reason);
  void timed_out();
  void exited(Worker& worker);
  [[nodiscard]] Outcome finish(Worker& worker);
  [[nodiscard]] std::string report(Worker& worker, double spent_ms) const;

  WorkerShared& shared_;
  WorkerPool& pool_;
  CodeCache& code_;
  const std::shared_ptr<const FunctionProbes> probes_;
  const lambda::FunctionSpec function_;
  std::string payload_, client_context_, arn_;  // arn_: as it was invoked

  lambda::InvokeResult result_;
  lambda::NotRun not_run_{};
  bool begun_ = false;              // START is in the log
  Instant begin_{};                 // of the function's time
  std::optional<double> init_ms_;   // of a start on time of its own
  std::string error_type_;          // of an end that the platform made
  std::vector<std::string> notes_;  // lines for the log, before END
};

}  // namespace millrace::functions
