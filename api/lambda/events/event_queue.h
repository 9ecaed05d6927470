// Asynchronous invocations: events that were accepted and not settled yet. They are rows of the catalog, so
// that an accepted event is run at least once, whatever happens to the server.
//   l/e/<number>  an event, JSON, {"version": 1, ...}; the number is 20 decimal digits, in order of
//   acceptance l/p/<number>  its payload as it came
//   l/d/<number>  likewise, once it was given up, for the function's dead letters
//   l/x/<number>  how often the server ended amid its first run after a start, JSON, {"version": 1,
//   "crashes": N}
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <deque>

#include "api/core/unreadable_row.h"
#include "api/lambda/acting.h"
#include "api/lambda/events/destination.h"
#include "api/lambda/invocation.h"
#include "storage/duties.h"
#include "storage/probe.h"

namespace millrace::lambda {

struct EventQueueOptions {
  std::size_t max_events = 100'000;  // accepted and not settled
  std::uint64_t max_bytes = 1u << 30;
  unsigned max_running = 8;                // at a time
  unsigned max_running_of_a_function = 4;  // so that one that hangs does not stop the others
  // Before the second, third, ... attempt after an error of the function; then the event is dropped.
  std::vector<std::chrono::milliseconds> retry_delays{std::chrono::minutes(1), std::chrono::minutes(2)};
  // After an attempt that did not reach the function; doubles up to the greatest.
  std::chrono::milliseconds first_postponement{1000}, greatest_postponement{300'000};
  std::chrono::milliseconds max_age{std::chrono::hours(6)};
  // Events are run while the unit "events" is this node's. nullptr: always.
  storage::Duties* duties = nullptr;
  // Whether a function's role may invoke the function that its outcome is sent to.
  RoleCheck role_check{};
  // Whether the last server ended by a fault of its own: what it ran then may be the cause.
  bool after_crash = false;
  // An event whose run the server does not survive, or cannot do, so often is set aside.
  unsigned max_crashes = 3, max_failures = 3;
  // Called for what went wrong here and not in a function: an event for the log, a request id, the reason.
  // Safe from any thread.
  std::function<void(const char* what, const std::string& request_id, const std::string& reason)> report =
      [](const char*, const std::string&, const std::string&) {};
};

// An event that is kept and not run any more.
struct SetAsideEvent {
  std::string function_arn, request_id, reason;
};

// Owned by the service. `accept` and `stop` are safe from any thread; the rest of it lives on a strand of
// `executor`, which runs until `join` has returned.
class EventQueue {
 public:
  // Loads what a former server accepted. Throws StorageFailure.
  EventQueue(boost::asio::any_io_executor executor, storage::Catalog& catalog, Functions& functions,
             FunctionRunner& runner, Destinations& destinations, const Clock& clock, Probes& probes,
             EventQueueOptions options);

  // From here on events are run: once functions can reach the server.
  void start();

  // Completes when the event is on disk. Throws event_queue_full, StorageFailure.
  [[nodiscard]] asio::awaitable<void> accept(FunctionPtr function, std::string qualifier,
                                             std::string request_id, std::string payload);

  // Begins no more runs; events that are not settled stay for the next start.
  void stop();
  // Waits, up to the deadline, until no run is under way; false when one still is.
  [[nodiscard]] bool join(std::chrono::milliseconds patience);

  [[nodiscard]] std::size_t unsettled() const { return events_.load(); }
  // Safe from any thread.
  [[nodiscard]] std::vector<SetAsideEvent> set_aside() const;
  // Rows that this start could not decode.
  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Event {
    std::uint64_t number = 0;
    std::string account, region, function, qualifier;
    std::string request_id;
    Time accepted{};
    std::uint64_t bytes = 0;
    unsigned attempts = 0;  // that reached the function and failed
    // Where is to be told what became of it; the payload's row holds the notice then. Empty: it is to be run.
    std::string tell;
    std::string dead_letter;     // where the event is to go itself, after that; empty: nowhere
    std::string outcome;         // as the counter has it, once that is known
    unsigned postponements = 0;  // since the last of those
    bool recovered = false;      // by this start, and not run since: the run may be what the server ended by
    unsigned crashes = 0;        // as its row l/x/ has it
    unsigned failures = 0;       // of the server, in a row

    [[nodiscard]] std::string key() const;
  };
  // The events of one function.
  struct Lane {
    std::deque<Event> ready;
    unsigned running = 0;
  };
  using Condition = EventOutcome::Condition;

  static std::string row_of(const Event& event);
  static Event event_of(const storage::Row& row);

  void load();
  std::map<std::uint64_t, unsigned> load_crashes();
  void set_aside(const Event& event, const std::string& reason);
  void reserve(std::uint64_t bytes);
  void release(std::uint64_t bytes);
  void add(Event event);
  void dispatch();
  bool started();
  bool begin_run();
  void end_run();
  std::map<std::string, Lane>::iterator next_lane();
  void arm();
  void take_due();

  // One attempt; afterwards the event is settled or waits in `delayed_`.
  asio::awaitable<void> run(Event event);
  asio::awaitable<void> attempt(Event& event);
  asio::awaitable<void> mark(const Event& event);
  asio::awaitable<void> unmark(const Event& event);
  // It was run for the last time: tells the destination for such an outcome, brings the event to the dead
  // letters, if there are such, and settles.
  asio::awaitable<void> end(Event& event, const FunctionPtr& function, Condition condition,
                            std::string request, std::optional<EventOutcome::Response> response);
  asio::awaitable<void> tell(Event& event);
  // One of those; whether nothing is left to do for it, be it that its time is over.
  asio::awaitable<bool> bring(const Event& event, std::string where, std::string_view payload_prefix,
                              Counter& failures);
  // Why the role of the event's function may not invoke the target; nullopt: it may.
  asio::awaitable<std::optional<std::string>> invoking_denied(const Event& event, FunctionName target,
                                                              std::string qualifier);
  asio::awaitable<storage::Result<void>> deliver(const Event& event, std::string where, std::string notice);
  asio::awaitable<void> settle(const Event& event);
  asio::awaitable<void> retry(Event& event, std::chrono::milliseconds delay);
  std::shared_ptr<Counter> dead_letter_errors(const Event& event);
  [[nodiscard]] EventInvokeConfig config_of(const Event& event) const;
  void postpone(Event& event);
  void wait(const Event& event, std::chrono::milliseconds delay);

  storage::Catalog& catalog_;
  Functions& functions_;
  FunctionRunner& runner_;
  Destinations& destinations_;
  const Clock& clock_;
  const EventQueueOptions options_;
  Probes& probes_;
  Counter &accepted_, &undelivered_;
  Gauge &unsettled_gauge_, &set_aside_gauge_;
  std::vector<UnreadableRow> unreadable_;

  std::atomic<std::uint64_t> next_number_ = 1;
  std::atomic<std::size_t> events_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;

  asio::strand<asio::any_io_executor> strand_;  // guards what follows
  asio::steady_timer timer_;
  std::map<std::string, Lane> lanes_;
  std::multimap<SteadyTime, Event> delayed_;
  std::string last_lane_;
  storage::Watch duties_moved_;

  mutable std::mutex set_aside_mutex_;
  std::vector<SetAsideEvent> set_aside_;

  std::mutex running_mutex_;  // guards what follows
  std::condition_variable none_running_;
  unsigned running_ = 0;
  bool started_ = false;  // and not stopped
};

}  // namespace millrace::lambda
