// Who runs what: the workers that there are, and the invocations that wait for one.
#pragma once

#include <list>

#include "server/functions/function_probes.h"
#include "server/functions/workers/worker.h"

namespace millrace::functions {

// A place for one worker. Their number is the bound on workers: a place is taken before the process is
// started and free again when nothing of it is left.
struct Seat {
  enum class State {
    busy,      // an invocation has it
    settling,  // the worker has answered, but not asked for more
    idle,      // it waits for an event
    ending,    // it is being killed
  };

  explicit Seat(lambda::FunctionSpec f) : function(std::move(f)) {}

  const lambda::FunctionSpec function;  // of the worker, if there is one
  std::unique_ptr<Worker> worker;       // null: to be started by the invocation that has the seat
  State state = State::busy;
  Worker::Instant since{};  // when it became idle; for `settling`, when that has to end
  const Worker::Instant made = std::chrono::steady_clock::now();
  bool retired = false;  // of an old revision: to be ended after the invocation
};

// Lives on the runner's io_context.
class WorkerPool {
 public:
  WorkerPool(WorkerShared& shared, RunnerProbes& probes, unsigned max_workers);

  // An invocation's hold on a seat; gives it back when it goes.
  class SeatLease {
   public:
    SeatLease(WorkerPool& pool, Seat& seat) : pool_(&pool), seat_(&seat) {}
    SeatLease(SeatLease&& other) noexcept : pool_(other.pool_), seat_(std::exchange(other.seat_, nullptr)) {}
    SeatLease& operator=(SeatLease&&) = delete;
    ~SeatLease() {
      if (seat_) pool_->give_back(*seat_);
    }
    [[nodiscard]] Seat& seat() { return *seat_; }

   private:
    WorkerPool* pool_;
    Seat* seat_;
  };

  // A seat with an idle worker of the function's revision, or a free one to start it in. When all are taken
  // an idle worker of another function, the one that idles longest, is ended to make room; when none is idle
  // the caller waits, first come first served. Ends idle workers of other revisions of the function.
  [[nodiscard]] boost::asio::awaitable<boost::system::result<SeatLease, lambda::NotRun>> take(
      lambda::FunctionSpec function);

  // Puts a new worker into a seat that an invocation has. It has yet to be started.
  Worker& make_worker(Seat& seat, Worker::Parts parts);

  // The function is gone: ends its idle workers now, its busy ones after their invocation.
  void forget(const std::string& arn);

  // Looks after memory, processes and idle workers until `stop`. Runs once, for the pool's life.
  [[nodiscard]] boost::asio::awaitable<void> watch();

  // Refuses whoever waits or comes, ends what idles, waits until `deadline` for what is busy and then kills
  // that. Completes when no process is left.
  [[nodiscard]] boost::asio::awaitable<void> stop(Worker::Instant deadline);
  // True from `stop`'s deadline on: who starts a worker must not.
  [[nodiscard]] bool killing() const { return killing_; }

 private:
  using Instant = Worker::Instant;
  // One that waits; lives in the frame of `take`.
  struct Turn {
    Turn(boost::asio::io_context& context, const lambda::FunctionSpec& f) : function(f), timer(context) {}
    const lambda::FunctionSpec& function;
    boost::asio::steady_timer timer;  // cancelled when there is a seat or a refusal
    Seat* seat = nullptr;
    bool refused = false;
  };

  void give_back(Seat& seat);
  // The worker's process, or what its runtime waits for, changed.
  void changed(Seat& seat);
  // Gives seats to those who wait, in their order.
  void serve();
  // How many invocations of any version of the function run or are about to.
  [[nodiscard]] std::size_t in_use(const lambda::FunctionSpec& function) const;
  // Whether as many workers of the function run as its reserved concurrency allows. One that has answered but
  // still runs counts: the next invocation waits for it instead of starting another.
  [[nodiscard]] bool is_full(const lambda::FunctionSpec& function) const;
  [[nodiscard]] Seat* warm_seat(const lambda::FunctionSpec& function);
  [[nodiscard]] Seat* longest_idle();
  void retire_others(const lambda::FunctionSpec& function);
  void make_idle(Seat& seat);
  // Freezes what idles, each after a while; comes again as long as there is some.
  void freeze_idle();
  void freeze_later();
  void end(Seat& seat);
  boost::asio::awaitable<void> end_worker(Seat& seat);
  void remove(Seat& seat);
  void check(Instant now);
  [[nodiscard]] bool any_busy() const;
  void count();

  WorkerShared& shared_;
  RunnerProbes& probes_;
  const unsigned max_workers_;
  std::list<Seat> seats_;     // stable addresses
  std::list<Turn*> waiting_;  // in the order of their coming
  std::uint64_t last_number_ = 0;
  bool closed_ = false, killing_ = false;
  boost::asio::steady_timer look_;  // the watch's; cancelled when there is more to look at, or no more
  boost::asio::steady_timer freeze_;
  bool freezing_ = false;            // `freeze_` runs
  boost::asio::steady_timer fewer_;  // cancelled when a seat is given back or removed, for `stop`
};

}  // namespace millrace::functions
