#include "api/lambda/events/event_queue.h"

#include "api/lambda/errors.h"
#include "tests/unit/api/lambda/fake_destinations.h"
#include "tests/unit/server/functions/functions_fixture.h"
#include "tests/unit/storage/fake_duties.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::lambda {
namespace {

using std::chrono::milliseconds;

// Answers as the test tells it, and remembers what it was asked.
class ToldRunner final : public FunctionRunner {
 public:
  using Outcome = boost::system::result<InvokeResult, NotRun>;
  struct Call {
    std::string function, payload, request_id;
  };

  asio::awaitable<Outcome> invoke(FunctionSpec function, std::string payload,
                                  InvokeContext context) override {
    ++running;
    most_running = std::max(most_running.load(), running.load());
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back({function.name, std::move(payload), std::move(context.request_id)});
    }
    asio::steady_timer timer(co_await asio::this_coro::executor);
    boost::system::error_code ignored;
    while (held) {
      timer.expires_after(milliseconds(1));
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    --running;
    if (throw_times > 0) {
      --throw_times;
      throw std::runtime_error("a row that cannot be processed");
    }
    if (not_run_times > 0) {
      --not_run_times;
      co_return NotRun{NotRun::Why::throttled, ""};
    }
    InvokeResult result;
    if (fail_times > 0) {
      --fail_times;
      result.function_error = "Unhandled";
    }
    co_return result;
  }
  void forget(const std::string&) override {}

  std::vector<Call> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  std::atomic<bool> held = false;
  std::atomic<unsigned> running = 0, most_running = 0, fail_times = 0, not_run_times = 0, throw_times = 0;

 private:
  std::mutex mutex_;
  std::vector<Call> calls_;
};

class EventQueueTest : public storage::StoreTest {
 protected:
  EventQueueTest() {
    queue_options.retry_delays = {milliseconds(10), milliseconds(20)};
    queue_options.first_postponement = milliseconds(5);
    queue_options.greatest_postponement = milliseconds(20);
  }
  void SetUp() override {
    open();
    build();
    for (const char* name : {"f", "g"}) {
      Function f;
      f.account = "000000000000";
      f.region = "us-east-1";
      f.name = name;
      f.code_sha256 = "c2hh";
      run(functions->create(std::move(f)));
    }
  }
  void TearDown() override { stop(); }

  void build() {
    pool.emplace(2);
    probes.emplace();
    functions.emplace(store->catalog());
    queue.emplace(pool->get_executor(), store->catalog(), *functions, runner, destinations, clock, *probes,
                  queue_options);
  }
  void stop() {
    if (!queue) return;
    queue->stop();
    runner.held = false;
    EXPECT_TRUE(queue->join(std::chrono::seconds(10)));
    pool->join();
    queue.reset();
    functions.reset();
  }
  void restart() {
    stop();
    reopen();
    build();
  }

  FunctionPtr function(const std::string& name) { return functions->find("000000000000", "us-east-1", name); }
  void accept(const std::string& name, const std::string& payload) {
    run(queue->accept(function(name), kLatest, "id-" + payload, payload));
  }
  void configure(EventInvokeConfig config) {
    run(functions->update(function("f"), [&](Function& f) { f.event_configs[kLatest] = config; }));
  }
  std::uint64_t settled(const char* outcome) {
    return probes->counter("millrace_lambda_events_settled_total", "", {{"outcome", outcome}}).value();
  }
  std::size_t rows() {
    return store->catalog().scan("l/e/", "", 1000).value().size() +
           store->catalog().scan("l/p/", "", 1000).value().size();
  }

  storage::FakeDuties duties;
  EventQueueOptions queue_options;
  ToldRunner runner;
  FakeDestinations destinations;
  std::optional<asio::thread_pool> pool;
  std::optional<Probes> probes;
  std::optional<Functions> functions;
  std::optional<EventQueue> queue;
};

TEST_F(EventQueueTest, AnEventIsRunOnceAndForgotten) {
  queue->start();
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
  const auto calls = runner.calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].function, "f");
  EXPECT_EQ(calls[0].payload, "1");
  EXPECT_EQ(calls[0].request_id, "id-1");
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(queue->unsettled(), 0u);
}

TEST_F(EventQueueTest, AnEventIsRunWhenItIsThisNodesDuty) {
  duties.lose("events");
  queue_options.duties = &duties;
  restart();
  queue->start();
  accept("f", "1");
  EXPECT_EQ(runner.calls().size(), 0u);
  duties.get("events");
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(EventQueueTest, AnAcceptedEventIsRunAfterARestart) {
  accept("f", "1");
  accept("g", "2");
  EXPECT_EQ(rows(), 4u);
  restart();
  EXPECT_EQ(queue->unsettled(), 2u);
  queue->start();
  accept("f", "3");  // gets a number behind those that are there
  ASSERT_TRUE(eventually([&] { return settled("done") == 3; }));
  EXPECT_EQ(rows(), 0u);
}

TEST_F(EventQueueTest, AFailedEventIsTriedThreeTimesUnderOneId) {
  queue->start();
  runner.fail_times = 3;
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return settled("retries_exhausted") == 1; }));
  ASSERT_EQ(runner.calls().size(), 3u);
  for (const auto& call : runner.calls()) EXPECT_EQ(call.request_id, "id-1");
  EXPECT_EQ(rows(), 0u);
}

TEST_F(EventQueueTest, AttemptsAreCountedOverARestart) {
  queue_options.retry_delays = {std::chrono::hours(1), std::chrono::hours(1)};
  restart();
  queue->start();
  runner.fail_times = 3;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    if (attempt == 1) accept("f", "1");
    ASSERT_TRUE(eventually([&] { return runner.calls().size() == static_cast<std::size_t>(attempt); }));
    if (attempt == 3) break;
    restart();
    queue->start();
  }
  ASSERT_TRUE(eventually([&] { return settled("retries_exhausted") == 1; }));
}

TEST_F(EventQueueTest, AnEventThatTheServerDidNotSurviveThriceIsSetAside) {
  queue_options.after_crash = true;
  accept("f", "1");
  accept("f", "2");
  storage::CatalogBatch batch;
  batch.put("l/x/00000000000000000001", R"({"version":1,"crashes":3})");
  or_throw(run(store->catalog().write(std::move(batch))));
  restart();
  ASSERT_EQ(queue->set_aside().size(), 1u);
  EXPECT_EQ(queue->set_aside()[0].request_id, "id-1");
  queue->start();
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
  EXPECT_EQ(runner.calls()[0].payload, "2");
  EXPECT_EQ(rows(), 2u);
  restart();
  EXPECT_EQ(queue->set_aside().size(), 1u);  // its rows stay
  queue_options.after_crash = false;         // a kill -9 says nothing of the event
  restart();
  EXPECT_TRUE(queue->set_aside().empty());
}

TEST_F(EventQueueTest, WhatRanWhenTheServerEndedIsMarkedAndRunsAlone) {
  queue_options.max_running_of_a_function = 4;
  queue_options.after_crash = true;
  for (const char* payload : {"1", "2", "3"}) accept("f", payload);
  const auto marks = [&] { return store->catalog().scan("l/x/", "", 10).value(); };
  restart();
  runner.held = true;
  queue->start();
  ASSERT_TRUE(eventually([&] { return runner.running == 3; }));
  const std::vector<storage::Row> kept = marks();  // as a server leaves them that is killed now
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].value, R"({"crashes":1,"version":1})");
  runner.held = false;
  ASSERT_TRUE(eventually([&] { return settled("done") == 3 && marks().empty(); }));

  restart();
  for (const char* payload : {"4", "5", "6"}) accept("f", payload);
  stop();
  storage::CatalogBatch batch;
  for (const storage::Row& event : store->catalog().scan("l/e/", "", 10).value())
    batch.put("l/x/" + event.key.substr(4), kept[0].value);
  ASSERT_EQ(batch.changes().size(), 3u);
  or_throw(run(store->catalog().write(std::move(batch))));
  build();
  runner.most_running = 0;
  queue->start();
  ASSERT_TRUE(eventually([&] { return settled("done") == 3 && marks().empty(); }));
  EXPECT_EQ(runner.most_running, 1u);
  EXPECT_TRUE(queue->set_aside().empty());
}

TEST_F(EventQueueTest, AnEventThatTheServerFailsAtThriceIsSetAside) {
  std::atomic<unsigned> told = 0;
  queue_options.report = [&](const char*, const std::string& id, const std::string& reason) {
    if (id == "id-1" && reason == "a row that cannot be processed") ++told;
  };
  restart();
  runner.throw_times = 3;
  queue->start();
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return queue->set_aside().size() == 1; }));
  EXPECT_EQ(told, 4u);  // each failure, and the end
  accept("f", "2");
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
}

TEST_F(EventQueueTest, ARowThatCannotBeReadHoldsUpNoOther) {
  accept("f", "1");
  stop();
  storage::CatalogBatch batch;
  batch.put("l/e/00000000000000000002", std::string(200'000, '['));
  batch.put("l/e/00000000000000000003", R"({"version":1})");
  batch.put("l/x/00000000000000000003", "no JSON");
  or_throw(run(store->catalog().write(std::move(batch))));
  queue_options.after_crash = true;
  build();
  EXPECT_EQ(queue->unreadable().size(), 3u);
  queue->start();
  accept("f", "2");
  ASSERT_TRUE(eventually([&] { return settled("done") == 2; }));
}

TEST_F(EventQueueTest, AnEventThatFailsDuringAStopKeepsNothingWaiting) {
  queue_options.retry_delays = {std::chrono::hours(1), std::chrono::hours(1)};
  restart();
  queue->start();
  runner.fail_times = 1;
  runner.held = true;
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return runner.running == 1; }));
  restart();  // lets the function end once the queue was told to stop
  EXPECT_EQ(queue->unsettled(), 1u);
}

TEST_F(EventQueueTest, AFunctionMayHaveFewerRetriesAndALowerAge) {
  configure({.retries = 0, .max_age_s = 60});
  queue->start();
  runner.fail_times = 1;
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return settled("retries_exhausted") == 1; }));
  EXPECT_EQ(runner.calls().size(), 1u);
  restart();
  accept("f", "2");
  clock.advance(std::chrono::seconds(61));
  queue->start();
  ASSERT_TRUE(eventually([&] { return settled("too_old") == 1; }));
  EXPECT_EQ(runner.calls().size(), 1u);
}

TEST_F(EventQueueTest, DestinationsAreToldOfTheOutcome) {
  configure({.on_success = "https://example.org/good", .on_failure = "arn:aws:s3:::failures"});
  queue->start();
  accept("f", R"({"a":1})");
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
  runner.fail_times = 3;
  accept("f", "2");
  ASSERT_TRUE(eventually([&] { return settled("retries_exhausted") == 1; }));
  const auto told = destinations.delivered();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].destination.name, "https://example.org/good");
  const auto good = nlohmann::json::parse(told[0].body), bad = nlohmann::json::parse(told[1].body);
  EXPECT_EQ(good["requestContext"]["condition"], "Success");
  EXPECT_EQ(good["requestContext"]["functionArn"], function("f")->arn() + ":$LATEST");
  EXPECT_EQ(good["requestContext"]["approximateInvokeCount"], 1);
  EXPECT_EQ(good["requestPayload"]["a"], 1);
  EXPECT_EQ(told[1].destination.name, "failures");
  EXPECT_TRUE(told[1].key.starts_with("aws/lambda/async/f/")) << told[1].key;
  EXPECT_EQ(bad["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(bad["requestContext"]["approximateInvokeCount"], 3);
  EXPECT_EQ(bad["responseContext"]["functionError"], "Unhandled");
  EXPECT_EQ(rows(), 0u);
}

TEST_F(EventQueueTest, ADestinationThatFailsIsToldLaterAndTheFunctionNotRunAgain) {
  configure({.on_success = "https://example.org/good"});
  queue_options.first_postponement = queue_options.greatest_postponement = std::chrono::hours(1);
  restart();
  destinations.failures = 1;
  queue->start();
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return destinations.failures <= 0; }));
  restart();
  queue->start();
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
  EXPECT_EQ(runner.calls().size(), 1u);
  EXPECT_EQ(destinations.delivered().size(), 1u);
}

TEST_F(EventQueueTest, AFunctionMayBeTheDestination) {
  configure({.on_success = function("g")->arn()});
  queue->start();
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return settled("done") == 2; }));
  const auto calls = runner.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].function, "g");
  EXPECT_EQ(nlohmann::json::parse(calls[1].payload)["requestPayload"], 1);
}

TEST_F(EventQueueTest, WhatDidNotReachTheFunctionIsNoAttempt) {
  queue->start();
  runner.not_run_times = 7;
  accept("f", "1");
  ASSERT_TRUE(eventually([&] { return settled("done") == 1; }));
  EXPECT_EQ(runner.calls().size(), 8u);
}

TEST_F(EventQueueTest, AnOldEventAndOneWithoutItsFunctionAreDropped) {
  accept("f", "1");
  accept("g", "2");
  run(functions->remove(function("g")));
  clock.advance(std::chrono::hours(7));
  queue->start();
  ASSERT_TRUE(eventually([&] { return settled("too_old") == 1 && settled("function_deleted") == 1; }));
  EXPECT_TRUE(runner.calls().empty());
  EXPECT_EQ(rows(), 0u);
}

TEST_F(EventQueueTest, AHungFunctionLeavesRoomForTheOthers) {
  queue_options.max_running = 3;
  queue_options.max_running_of_a_function = 2;
  restart();
  queue->start();
  runner.held = true;
  for (int i = 0; i < 10; ++i) accept("f", std::to_string(i));
  accept("g", "other");
  const auto asked_other = [&] {
    const auto calls = runner.calls();
    return std::any_of(calls.begin(), calls.end(), [](const auto& c) { return c.function == "g"; });
  };
  ASSERT_TRUE(eventually(asked_other));
  EXPECT_EQ(runner.calls().size(), 3u);
  runner.held = false;
  ASSERT_TRUE(eventually([&] { return settled("done") == 11; }));
  EXPECT_LE(runner.most_running, 3u);
}

TEST_F(EventQueueTest, TheQueueIsBounded) {
  queue_options.max_events = 2;
  queue_options.max_bytes = 100;
  restart();
  accept("f", "1");
  EXPECT_THROW(accept("f", std::string(100, '1')), ApiError);
  accept("f", "2");
  EXPECT_THROW(accept("f", "3"), ApiError);
  EXPECT_EQ(queue->unsettled(), 2u);
  queue->start();
  ASSERT_TRUE(eventually([&] { return settled("done") == 2; }));
  accept("f", "4");
}

TEST_F(EventQueueTest, AStoppedQueueBeginsNothing) {
  queue->start();
  queue->stop();
  accept("f", "1");
  EXPECT_TRUE(queue->join(milliseconds(100)));
  EXPECT_TRUE(runner.calls().empty());
  EXPECT_EQ(rows(), 2u);
}

}  // namespace
}  // namespace millrace::lambda
