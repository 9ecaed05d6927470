#include "tools/bench/load.h"

#include <fmt/format.h>

#include <limits>
#include <thread>

#include "tools/bench/connection.h"

namespace millrace::bench {

using boost::system::error_code;
using std::chrono::steady_clock;

// A thread, its connections and what they counted. The counts belong to the thread until it is joined.
struct Load::Worker {
  asio::io_context context{1};
  LoadCounts counts;
  std::thread thread;

  void fail(std::string what) {
    if (counts.errors++ == 0) counts.first_error = std::move(what);
  }
  // False, and an error counted, unless the request was answered with 200.
  bool check(const Message& answer) {
    if (answer.status() == 200) return true;
    fail(fmt::format("status {}: {}", answer.status(), answer.body.substr(0, 400)));
    return false;
  }
  void count(steady_clock::time_point sent, std::uint64_t records) {
    ++counts.requests;
    counts.records += records;
    const auto latency = steady_clock::now() - sent;
    counts.latency.add(std::chrono::duration_cast<std::chrono::microseconds>(latency));
    if (latency > std::chrono::seconds(1)) ++counts.over_a_second;
  }
};

Load::Load(LoadPlan plan)
    : plan_(std::move(plan)),
      left_(plan_.requests_to_send.value_or(std::numeric_limits<std::int64_t>::max())),
      live_(plan_.connections) {
  for (unsigned i = 0; i < plan_.threads; ++i) workers_.push_back(std::make_unique<Worker>());
  for (unsigned i = 0; i < plan_.connections; ++i) start(*workers_[i % workers_.size()], i);
  for (auto& worker : workers_) {
    worker->thread = std::thread([&context = worker->context] { context.run(); });
  }
}

Load::~Load() { stop(); }

void Load::start(Worker& worker, unsigned connection) {
  auto loop = plan_.scenario.operation == Operation::kGetRecords ? get_loop(worker, connection)
                                                                 : put_loop(worker, connection);
  asio::co_spawn(worker.context, std::move(loop), [this, &worker](std::exception_ptr failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      worker.fail(e.what());
    }
    const std::lock_guard lock(mutex_);
    if (--live_ == 0) finished_.notify_all();
  });
}

void Load::begin() {
  last_answer_ = steady_clock::now().time_since_epoch().count();
  phase_ = Phase::kCounting;
}

void Load::note_answer() {
  if (phase_.load(std::memory_order_relaxed) == Phase::kWarmUp) return;
  const auto now = steady_clock::now().time_since_epoch().count();
  const auto gap = now - last_answer_.exchange(now, std::memory_order_relaxed);
  auto longest = longest_gap_.load(std::memory_order_relaxed);
  while (gap > longest && !longest_gap_.compare_exchange_weak(longest, gap, std::memory_order_relaxed)) {
  }
}

bool Load::may_send() {
  if (phase_.load(std::memory_order_relaxed) == Phase::kEnding) return false;
  return !plan_.requests_to_send || left_.fetch_sub(1, std::memory_order_relaxed) > 0;
}

asio::awaitable<void> Load::put_loop(Worker& worker, unsigned number) {
  Connection connection{asio::ip::tcp::socket(worker.context)};
  if (const error_code error = co_await connection.connect(plan_.endpoint)) {
    worker.fail("connect: " + error.message());
    co_return;
  }
  const bool batch = plan_.scenario.operation == Operation::kPutRecords;
  // Connections start at different requests, so that at one time different shards are written.
  std::size_t next = number * plan_.requests.size() / plan_.connections;
  // With a rate, each connection has its own times to send, evenly between those of the others.
  asio::steady_timer timer(worker.context);
  const std::chrono::duration<double> interval(
      plan_.requests_per_s ? plan_.connections / *plan_.requests_per_s : 0);
  auto due = steady_clock::now() +
             std::chrono::duration_cast<steady_clock::duration>(interval * number / plan_.connections);
  std::string made;
  for (std::uint64_t n = 0; may_send(); ++n) {
    if (plan_.make_request) made = plan_.make_request(number, n);
    const std::string& bytes = plan_.make_request ? made : plan_.requests[next++ % plan_.requests.size()];
    auto sent = steady_clock::now();
    if (plan_.requests_per_s) {
      timer.expires_at(due);
      co_await timer.async_wait(asio::use_awaitable);
      sent = due;
      due += std::chrono::duration_cast<steady_clock::duration>(interval);
    }
    const boost::system::result<Message> answer = co_await connection.exchange(bytes);
    if (!answer) {
      worker.fail("connection: " + answer.error().message());
      co_return;
    }
    note_answer();
    if (!worker.check(*answer)) continue;
    if (batch && !all_records_taken(answer->body)) {
      worker.fail(fmt::format("records refused: {}", answer->body.substr(0, 400)));
    } else if (phase_.load(std::memory_order_relaxed) == Phase::kCounting) {
      worker.count(sent, plan_.scenario.records);
    }
  }
}

asio::awaitable<void> Load::get_loop(Worker& worker, unsigned number) {
  Connection connection{asio::ip::tcp::socket(worker.context)};
  if (const error_code error = co_await connection.connect(plan_.endpoint)) {
    worker.fail("connect: " + error.message());
    co_return;
  }
  const std::string first = get_records_request(plan_.host, plan_.iterators[number % plan_.iterators.size()],
                                                plan_.scenario.records);
  std::string next = first;
  while (may_send()) {
    const auto sent = steady_clock::now();
    const boost::system::result<Message> answer = co_await connection.exchange(next);
    if (!answer) {
      worker.fail("connection: " + answer.error().message());
      co_return;
    }
    note_answer();
    if (!worker.check(*answer)) continue;
    const GetRecordsAnswer read = get_records_answer(answer->body);
    if (read.records == 0 && next == first) {
      worker.fail("no records at the start of a shard that was filled");
      co_return;
    }
    if (phase_.load(std::memory_order_relaxed) == Phase::kCounting) worker.count(sent, read.records);
    const bool over = read.at_end || read.next.empty();
    next = over ? first : get_records_request(plan_.host, read.next, plan_.scenario.records);
  }
}

bool Load::finished() {
  const std::lock_guard lock(mutex_);
  return live_ == 0;
}

LoadCounts Load::join(std::chrono::milliseconds deadline) {
  unsigned unanswered = 0;
  {
    std::unique_lock lock(mutex_);
    finished_.wait_for(lock, deadline, [this] { return live_ == 0; });
    unanswered = live_;
  }
  stop();
  LoadCounts all;
  all.longest_gap =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::duration(longest_gap_.load()));
  if (unanswered > 0) {
    all.errors = unanswered;
    all.first_error = fmt::format("{} connections without an answer for {} ms", unanswered, deadline.count());
  }
  for (const auto& worker : workers_) {
    all.requests += worker->counts.requests;
    all.records += worker->counts.records;
    all.errors += worker->counts.errors;
    all.over_a_second += worker->counts.over_a_second;
    all.latency.merge(worker->counts.latency);
    if (!worker->counts.first_error.empty()) all.first_error = worker->counts.first_error;
  }
  return all;
}

void Load::stop() {
  for (auto& worker : workers_) worker->context.stop();
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

}  // namespace millrace::bench
