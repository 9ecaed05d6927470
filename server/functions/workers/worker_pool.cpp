#include "server/functions/workers/worker_pool.h"

#include <ctime>

#include "server/exception_text.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

// How long a worker that ran over a limit may do so unseen.
constexpr milliseconds kLookWhenBusy{25}, kLookWhenIdle{250};
// A look reads all of /proc. On a machine with many processes it is taken less often, so that looking takes
// at most this part of one core; but often enough, still, to see a fork bomb while it can be caught.
constexpr int kLookShare = 20;
constexpr milliseconds kRarestLook{100};
constexpr milliseconds kFreezeAfter{20};

std::chrono::nanoseconds thread_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

bool same_version(const lambda::FunctionSpec& a, const lambda::FunctionSpec& b) {
  return a.arn == b.arn && a.version == b.version;
}

bool is_alive(const Seat& seat) { return seat.worker && seat.worker->alive(); }
// The credentials of a worker's role are in its environment, and expire. An old worker makes room for a new
// one, so that no invocation of fifteen minutes sees that.
bool is_aged(const Seat& seat) { return steady_clock::now() - seat.made > kCredentialsLife / 2; }

}  // namespace

WorkerPool::WorkerPool(WorkerShared& shared, RunnerProbes& probes, unsigned max_workers)
    : shared_(shared),
      probes_(probes),
      max_workers_(max_workers),
      look_(shared.context),
      freeze_(shared.context),
      fewer_(shared.context) {}

asio::awaitable<boost::system::result<WorkerPool::SeatLease, lambda::NotRun>> WorkerPool::take(
    lambda::FunctionSpec function) {
  using Why = lambda::NotRun::Why;
  if (closed_) co_return lambda::NotRun{Why::internal, "the server is stopping"};
  if (function.reserved && in_use(function) >= *function.reserved)
    co_return lambda::NotRun{Why::reserved, "the function's reserved concurrency is in use"};
  retire_others(function);
  Turn turn(shared_.context, function);
  waiting_.push_back(&turn);
  serve();
  if (!turn.seat && waiting_.size() > shared_.options.max_waiting) {
    waiting_.remove(&turn);
    count();
    co_return lambda::NotRun{Why::throttled, "too many invocations wait for a worker"};
  }
  if (!turn.seat) {
    error_code ignored;
    turn.timer.expires_after(shared_.options.max_wait);
    co_await turn.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (turn.seat) co_return SeatLease(*this, *turn.seat);
  if (turn.refused) co_return lambda::NotRun{Why::internal, "the server is stopping"};
  waiting_.remove(&turn);
  count();
  co_return lambda::NotRun{Why::throttled, "no worker was free within " +
                                               std::to_string(shared_.options.max_wait.count()) + " ms"};
}

void WorkerPool::serve() {
  auto coming = std::count_if(seats_.begin(), seats_.end(),
                              [](const Seat& s) { return s.state == Seat::State::ending; });
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    Turn& turn = **at;
    Seat* seat = warm_seat(turn.function);
    if (!seat && is_full(turn.function)) {
      ++at;
      continue;
    }
    if (!seat && seats_.size() < max_workers_) seat = &seats_.emplace_back(turn.function);
    if (seat) {
      seat->state = Seat::State::busy;
      turn.seat = seat;
      turn.timer.cancel();
      at = waiting_.erase(at);
      look_.cancel();
      continue;
    }
    // The first in the line get the seats that are about to be free; for the others more are freed.
    if (coming > 0) {
      --coming;
    } else if (Seat* victim = longest_idle()) {
      end(*victim);
    } else {
      break;
    }
    ++at;
  }
  count();
}

std::size_t WorkerPool::in_use(const lambda::FunctionSpec& function) const {
  const auto busy = std::count_if(seats_.begin(), seats_.end(), [&](const Seat& s) {
    return s.function.arn == function.arn && s.state == Seat::State::busy;
  });
  const auto waiting = std::count_if(waiting_.begin(), waiting_.end(),
                                     [&](const Turn* t) { return t->function.arn == function.arn; });
  return static_cast<std::size_t>(busy + waiting);
}

bool WorkerPool::is_full(const lambda::FunctionSpec& function) const {
  if (!function.reserved) return false;
  const auto running = std::count_if(seats_.begin(), seats_.end(), [&](const Seat& s) {
    return s.function.arn == function.arn &&
           (s.state == Seat::State::busy || s.state == Seat::State::settling);
  });
  return static_cast<std::size_t>(running) >= *function.reserved;
}

Seat* WorkerPool::warm_seat(const lambda::FunctionSpec& function) {
  Seat* best = nullptr;
  for (Seat& s : seats_)
    if (s.state == Seat::State::idle && is_alive(s) && !is_aged(s) && same_version(s.function, function) &&
        s.function.revision == function.revision && (!best || s.since > best->since))
      best = &s;
  return best;
}

Seat* WorkerPool::longest_idle() {
  Seat* best = nullptr;
  for (Seat& s : seats_)
    if (s.state == Seat::State::idle && (!best || s.since < best->since)) best = &s;
  return best;
}

Worker& WorkerPool::make_worker(Seat& seat, Worker::Parts parts) {
  seat.worker = std::make_unique<Worker>(shared_, seat.function, std::move(parts), ++last_number_,
                                         [this, &seat] { changed(seat); });
  return *seat.worker;
}

void WorkerPool::give_back(Seat& seat) {
  fewer_.cancel();
  const RuntimeApi::Phase phase = seat.worker ? seat.worker->api().phase() : RuntimeApi::Phase::starting;
  if (!is_alive(seat) || seat.retired || closed_)
    end(seat);
  else if (phase == RuntimeApi::Phase::ready)
    make_idle(seat);
  else if (phase == RuntimeApi::Phase::answered) {
    seat.state = Seat::State::settling;
    seat.since = steady_clock::now() + seconds(seat.function.timeout_s);
    count();
  } else {
    end(seat);
  }
}

void WorkerPool::make_idle(Seat& seat) {
  seat.state = Seat::State::idle;
  seat.since = steady_clock::now();
  serve();
  if (!freezing_) freeze_later();
}

// As AWS does: between invocations nothing of a function runs, whatever it has started. Not at once, so that
// a function that is invoked again and again pays nothing for it.
void WorkerPool::freeze_later() {
  freezing_ = true;
  freeze_.expires_after(kFreezeAfter);
  freeze_.async_wait([this](const error_code& ec) {
    freezing_ = false;
    if (!ec) freeze_idle();
  });
}

void WorkerPool::freeze_idle() {
  const Instant now = steady_clock::now();
  bool read = false, more = false;
  for (Seat& s : seats_) {
    if (s.state != Seat::State::idle || !is_alive(s) || s.worker->frozen()) continue;
    if (now - s.since < kFreezeAfter) {
      more = true;
      continue;
    }
    if (!std::exchange(read, true)) shared_.table.refresh();
    s.worker->freeze();
  }
  if (more) freeze_later();
}

void WorkerPool::changed(Seat& seat) {
  if (seat.state != Seat::State::idle && seat.state != Seat::State::settling) return;
  const RuntimeApi::Phase phase = seat.worker->api().phase();
  if (!is_alive(seat))
    end(seat);
  else if (seat.state == Seat::State::settling && phase == RuntimeApi::Phase::ready)
    make_idle(seat);
}

void WorkerPool::retire_others(const lambda::FunctionSpec& function) {
  for (Seat& s : seats_) {
    if (!same_version(s.function, function) || s.function.revision == function.revision) continue;
    if (s.state == Seat::State::busy)
      s.retired = true;
    else
      end(s);
  }
}

void WorkerPool::forget(const std::string& arn) {
  for (Seat& s : seats_) {
    if (s.function.arn != arn && !s.function.arn.starts_with(arn + ":")) continue;
    if (s.state == Seat::State::busy)
      s.retired = true;
    else
      end(s);
  }
}

// The seat goes later, never within this call.
void WorkerPool::end(Seat& seat) {
  if (std::exchange(seat.state, Seat::State::ending) == Seat::State::ending) return;
  asio::co_spawn(shared_.context, end_worker(seat), [](std::exception_ptr failure) {
    if (failure) log::error("worker_stop_failed", {{"reason", text_of(failure)}});
  });
}

asio::awaitable<void> WorkerPool::end_worker(Seat& seat) {
  co_await asio::post(shared_.context, asio::use_awaitable);
  if (seat.worker) {
    co_await seat.worker->end();
    seat.worker.reset();
  }
  remove(seat);
}

void WorkerPool::remove(Seat& seat) {
  seats_.remove_if([&seat](const Seat& s) { return &s == &seat; });
  fewer_.cancel();
  serve();
}

bool WorkerPool::any_busy() const {
  return std::any_of(seats_.begin(), seats_.end(),
                     [](const Seat& s) { return s.state == Seat::State::busy; });
}

void WorkerPool::count() {
  const auto idle =
      std::count_if(seats_.begin(), seats_.end(), [](const Seat& s) { return s.state == Seat::State::idle; });
  probes_.workers_idle.set(static_cast<double>(idle));
  probes_.workers_busy.set(static_cast<double>(seats_.size()) - static_cast<double>(idle));
  probes_.waiting.set(static_cast<double>(waiting_.size()));
}

asio::awaitable<void> WorkerPool::watch() {
  Instant looked{};
  std::chrono::nanoseconds took{};
  while (!killing_ || !seats_.empty()) {
    const milliseconds wanted =
        any_busy() ? kLookWhenBusy : std::min(kLookWhenIdle, shared_.options.idle_timeout);
    const Instant next = looked + std::max<Instant::duration>(
                                      wanted, std::min<Instant::duration>(took * kLookShare, kRarestLook));
    error_code ignored;
    look_.expires_at(next);
    co_await look_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (steady_clock::now() < next) continue;  // there is more to look at: sooner, perhaps
    const std::chrono::nanoseconds before = thread_time();
    if (!seats_.empty()) shared_.table.refresh();
    looked = steady_clock::now();
    check(looked);
    took = thread_time() - before;
  }
}

void WorkerPool::check(Instant now) {
  for (Seat& s : seats_) {
    if (s.state == Seat::State::ending || !s.worker) continue;
    s.worker->check_limits();
    if (s.worker->frozen()) s.worker->freeze();
    if (s.state == Seat::State::idle && (now - s.since >= shared_.options.idle_timeout || is_aged(s))) end(s);
    if (s.state == Seat::State::settling && now >= s.since) end(s);
  }
  count();
}

asio::awaitable<void> WorkerPool::stop(Instant deadline) {
  closed_ = true;
  for (Turn* turn : waiting_) {
    turn->refused = true;
    turn->timer.cancel();
  }
  waiting_.clear();
  for (Seat& s : seats_)
    if (s.state != Seat::State::busy) end(s);
  error_code ignored;
  while (any_busy() && steady_clock::now() < deadline) {
    fewer_.expires_at(deadline);
    co_await fewer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  killing_ = true;
  for (Seat& s : seats_)
    if (s.state == Seat::State::busy && s.worker) s.worker->kill(Worker::Killed::stopped);
  while (!seats_.empty()) {
    fewer_.expires_at(Instant::max());
    co_await fewer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  look_.cancel();
  freeze_.cancel();
}

}  // namespace millrace::functions
