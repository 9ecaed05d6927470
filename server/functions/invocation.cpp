#include "server/functions/invocation.h"

#include <cmath>

#include "api/core/dates.h"
#include "server/log.h"
#include "server/request_id.h"

namespace millrace::functions {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

using Phase = RuntimeApi::Phase;
using Killed = Worker::Killed;

// How long an answer is held back for the runtime to ask for more work: most do within a fraction of a
// millisecond, and the caller's next invocation then finds the worker idle.
constexpr milliseconds kSettleTime{20};
// How long a killed process may take to be gone before the answer goes out regardless.
constexpr milliseconds kKillTime{1000};

double ms_between(Worker::Instant from, Worker::Instant to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

// "Root=1-<8 hex digits of the time>-<24>;Parent=<16>;Sampled=0"
std::string new_trace_id(Time now) {
  std::string digits = new_request_id() + new_request_id();
  std::erase(digits, '-');
  char time[16];
  std::snprintf(time, sizeof time, "%08llx",
                static_cast<unsigned long long>(now.time_since_epoch().count() / 1000));
  return std::string("Root=1-") + time + "-" + digits.substr(0, 24) + ";Parent=" + digits.substr(32, 16) +
         ";Sampled=0";
}

}  // namespace

Invocation::Invocation(WorkerShared& shared, WorkerPool& pool, CodeCache& code, RunnerProbes& probes,
                       lambda::FunctionSpec function, std::string payload, lambda::InvokeContext context)
    : shared_(shared),
      pool_(pool),
      code_(code),
      probes_(probes.of(function)),
      function_(std::move(function)),
      payload_(std::move(payload)),
      client_context_(std::move(context.client_context)),
      arn_(context.function_arn.empty() ? function_.arn : std::move(context.function_arn)) {
  result_.request_id = context.request_id.empty() ? new_request_id() : std::move(context.request_id);
}

asio::awaitable<Invocation::Outcome> Invocation::run() {
  for (;;) {
    auto taken = co_await pool_.take(function_);
    if (taken.has_error()) {
      const auto why = taken.error().why;
      if (why == lambda::NotRun::Why::throttled || why == lambda::NotRun::Why::reserved)
        probes_->throttles->add();
      co_return taken.error();
    }
    WorkerPool::SeatLease hold = std::move(*taken);
    Seat& seat = hold.seat();
    // An idle worker may have ended between its choice and now; it takes no invocation with it.
    if (!seat.worker || seat.worker->alive()) co_return co_await run_in(seat);
  }
}

asio::awaitable<Invocation::Outcome> Invocation::run_in(Seat& seat) {
  const Running running(*probes_);
  if (!seat.worker) {
    const Start how = co_await cold_start(seat);
    if (how == Start::not_run) co_return not_run_;
    if (how != Start::ready) {
      start_failed(*seat.worker, how);
      co_return finish(*seat.worker);
    }
  }
  Worker& worker = *seat.worker;
  if (!begun_) begin(worker);
  co_await hand_over(worker);
  if (worker.killed() == Killed::stopped && worker.api().phase() == Phase::busy)
    co_return lambda::NotRun{lambda::NotRun::Why::internal, "the server is stopping"};
  ended(worker);
  Outcome outcome = finish(worker);
  if (worker.api().phase() == Phase::answered) {
    const auto settled = [&worker] { return worker.api().phase() == Phase::ready || worker.exit(); };
    [[maybe_unused]] const bool in_time = co_await worker.until(settled, steady_clock::now() + kSettleTime);
  }
  co_return outcome;
}

asio::awaitable<Invocation::Start> Invocation::cold_start(Seat& seat) {
  probes_->cold_starts->add();
  const Instant before = steady_clock::now();
  const Start first = co_await start(seat, before + shared_.options.init_timeout);
  if (first == Start::ready) init_ms_ = ms_between(before, steady_clock::now());
  const bool again =
      first == Start::overran || (first == Start::exited && seat.worker->killed() == Killed::no);
  if (!again) co_return first;
  seat.worker->output().line("INIT_REPORT Init Duration: " + fixed(ms_between(before, steady_clock::now())) +
                             " ms\tPhase: init\tStatus: " + (first == Start::overran ? "timeout" : "error"));
  co_await seat.worker->end();
  seat.worker.reset();
  begin_ = steady_clock::now();
  begun_ = true;
  co_return co_await start(seat, begin_ + std::chrono::seconds(function_.timeout_s));
}

void Invocation::not_started(const std::string& reason) {
  log::error("function_start_failed", {{"function", function_.arn}, {"reason", reason}});
  not_run_ = {lambda::NotRun::Why::internal, reason};
}

asio::awaitable<std::optional<Worker::Parts>> Invocation::parts() {
  Worker::Parts out;
  auto code = co_await code_.open(function_);
  if (code.has_error()) {
    not_run_ = code.error();
    co_return std::nullopt;
  }
  out.code = std::move(*code);
  if (!function_.layers.empty()) {
    auto layers = co_await code_.open_layers(function_);
    if (layers.has_error()) {
      not_run_ = layers.error();
      co_return std::nullopt;
    }
    out.layers = std::move(*layers);
  }
  if (is_managed(function_.runtime)) {
    auto interpreter = co_await shared_.interpreters.find(function_.runtime);
    if (interpreter.has_error()) {
      not_started(interpreter.error().reason);
      co_return std::nullopt;
    }
    out.interpreter = std::move(*interpreter);
  }
  co_return out;
}

asio::awaitable<Invocation::Start> Invocation::start(Seat& seat, Instant deadline) {
  using Why = lambda::NotRun::Why;
  std::optional<Worker::Parts> found = co_await parts();
  if (!found) co_return Start::not_run;
  if (pool_.killing()) {
    not_run_ = {Why::internal, "the server is stopping"};
    co_return Start::not_run;
  }
  Worker& worker = pool_.make_worker(seat, std::move(*found));
  if (begun_)
    worker.output().line("START RequestId: " + result_.request_id + " Version: " + function_.version);
  if (const std::optional<NoCommand> none = worker.start()) {
    if (!none->entrypoint) {
      not_started(none->reason);
      co_return Start::not_run;
    }
    fail("Runtime.InvalidEntrypoint", none->reason);
    co_return Start::failed;
  }
  const auto decided = [&worker] { return worker.api().phase() != Phase::starting || worker.exit(); };
  const bool in_time = co_await worker.until(decided, deadline);
  if (worker.killed() == Killed::stopped) {
    not_run_ = {Why::internal, "the server is stopping"};
    co_return Start::not_run;
  }
  if (!in_time) co_return Start::overran;
  if (worker.api().phase() == Phase::init_failed) co_return Start::failed;
  co_return worker.exit() ? Start::exited : Start::ready;
}

// What was printed before START belongs to the worker's start, and only that follows START in the tail.
void Invocation::begin(Worker& worker) {
  worker.drain();
  worker.output().begin();
  worker.output().line("START RequestId: " + result_.request_id + " Version: " + function_.version);
  begin_ = steady_clock::now();
  begun_ = true;
}

asio::awaitable<void> Invocation::hand_over(Worker& worker) {
  const Instant deadline = begin_ + std::chrono::seconds(function_.timeout_s);
  const Instant now = steady_clock::now();
  const Time wall = shared_.clock.now();
  Event event;
  event.request_id = result_.request_id;
  event.payload = std::move(payload_);
  event.client_context = std::move(client_context_);
  event.function_arn = arn_;
  event.trace_id = new_trace_id(wall);
  event.deadline_ms =
      (wall + std::chrono::duration_cast<milliseconds>(deadline - now)).time_since_epoch().count();
  worker.thaw();
  worker.api().dispatch(std::move(event));
  const auto over = [&worker] { return worker.api().phase() != Phase::busy || worker.exit(); };
  if (co_await worker.until(over, deadline)) co_return;
  worker.drain();
  worker.kill(Killed::timeout);
  const auto gone = [&worker] { return worker.exit().has_value(); };
  [[maybe_unused]] const bool in_time = co_await worker.until(gone, steady_clock::now() + kKillTime);
}

void Invocation::start_failed(Worker& worker, Start how) {
  if (!begun_) {
    // Not `begin`: the output of the start is all there is to find the mistake by.
    worker.output().line("START RequestId: " + result_.request_id + " Version: " + function_.version);
    begin_ = steady_clock::now();
    begun_ = true;
  }
  if (how == Start::failed) {
    if (result_.function_error) return;  // there is no entrypoint
    result_.payload = worker.api().take_answer().payload;
    result_.function_error = "Unhandled";
  } else if (how == Start::overran) {
    worker.kill(Killed::timeout);
    timed_out();
  } else {
    exited(worker);
  }
}

void Invocation::ended(Worker& worker) {
  const Phase phase = worker.api().phase();
  const bool answered = phase == Phase::answered || phase == Phase::ready;
  // The kernel kills the largest process, which may be a child: what its parent answers then is not the
  // result.
  if (answered && !worker.lost_a_process_to_memory()) {
    Answer answer = worker.api().take_answer();
    result_.payload = std::move(answer.payload);
    if (answer.failed) result_.function_error = "Unhandled";
    if (answer.error_type == "Function.ResponseSizeTooLarge") error_type_ = answer.error_type;
  } else if (worker.killed() == Killed::timeout) {
    timed_out();
  } else {
    exited(worker);
  }
}

void Invocation::fail(std::string_view error_type, std::string_view reason) {
  const std::string message = "RequestId: " + result_.request_id + " Error: " + std::string(reason);
  const nlohmann::ordered_json error = {{"errorType", error_type}, {"errorMessage", message}};
  result_.payload = error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  result_.function_error = "Unhandled";
  error_type_ = error_type;
}

void Invocation::timed_out() {
  const std::string text = "Task timed out after " + fixed(function_.timeout_s) + " seconds";
  fail("Sandbox.Timedout", text);
  notes_.push_back(iso8601(shared_.clock.now()) + " " + result_.request_id + " " + text);
}

void Invocation::exited(Worker& worker) {
  const std::string prefix = iso8601(shared_.clock.now()) + " " + result_.request_id + " ";
  const std::string text = worker.exit() ? worker.exit()->text() : ExitStatus{0, SIGKILL}.text();
  if (worker.killed() == Killed::memory)
    notes_.push_back(prefix + "Killed: the function used more memory than its " +
                     std::to_string(function_.memory_mb) + " MB");
  if (worker.killed() == Killed::processes)
    notes_.push_back(prefix + "Killed: the function had more processes or threads than are allowed");
  if (worker.killed() == Killed::disk)
    notes_.push_back(prefix + "Killed: the function used more space in /tmp than its " +
                     std::to_string(function_.ephemeral_mb) + " MB");
  fail(worker.killed() == Killed::memory ? "Runtime.OutOfMemory" : "Runtime.ExitError", text);
  notes_.push_back("RequestId: " + result_.request_id + " Error: " + text);
  notes_.push_back(error_type_);
}

Invocation::Outcome Invocation::finish(Worker& worker) {
  const double spent_ms = std::min(ms_between(begin_, steady_clock::now()), 1000.0 * function_.timeout_s);
  result_.duration = milliseconds(std::llround(spent_ms));
  worker.drain();
  worker.output().finish();
  for (const std::string& note : notes_) worker.output().line(note);
  worker.output().line("END RequestId: " + result_.request_id);
  worker.output().line(report(worker, spent_ms));
  result_.log_tail = worker.output().tail();
  probes_->invocations->add();
  probes_->duration->observe(spent_ms / 1000);
  if (result_.function_error) probes_->errors->add();
  return std::move(result_);
}

std::string Invocation::report(Worker& worker, double spent_ms) const {
  std::string line = "REPORT RequestId: " + result_.request_id + "\tDuration: " + fixed(spent_ms) +
                     " ms\tBilled Duration: " + std::to_string(std::llround(std::ceil(spent_ms))) +
                     " ms\tMemory Size: " + std::to_string(function_.memory_mb) +
                     " MB\tMax Memory Used: " + std::to_string(worker.peak_mb()) + " MB\t";
  if (init_ms_) line += "Init Duration: " + fixed(*init_ms_) + " ms\t";
  if (error_type_ == "Sandbox.Timedout")
    line += "Status: timeout\t";
  else if (!error_type_.empty())
    line += "Status: error\tError Type: " + error_type_ + "\t";
  return line;
}

}  // namespace millrace::functions
