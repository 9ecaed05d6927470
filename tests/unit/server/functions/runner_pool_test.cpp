// Who gets a worker, and when workers end.
#include <csignal>
#include <fstream>
#include <set>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

using RunnerPool = RunnerTest;

// Notes its event in ORDER and waits for the file of that name to appear, if it is to.
constexpr const char* kObedient = R"(
import os, time
def handler(event, context):
    with open(os.environ['ORDER'], 'a') as order:
        order.write(event['name'])
    while event.get('wait') and not os.path.exists(event['wait']):
        time.sleep(0.005)
    return os.getpid()
)";

class RunnerQueue : public RunnerTest {
 protected:
  lambda::FunctionSpec obedient() {
    auto f = python(kObedient);
    f.environment["ORDER"] = scratch("order");
    f.timeout_s = 30;
    return f;
  }
  std::string named(const std::string& name) { return nlohmann::json{{"name", name}}.dump(); }
  std::string held(const std::string& name) {
    return nlohmann::json{{"name", name}, {"wait", scratch("go")}}.dump();
  }
  void release() { std::ofstream(scratch("go")) << "go"; }
  [[nodiscard]] std::string order() { return content_of(scratch("order")); }
};

TEST_F(RunnerQueue, FirstComeFirstServedAcrossFunctions) {
  options.max_workers = 1;
  const auto a = obedient(), b = obedient();
  std::vector<std::future<Outcome>> all;
  all.push_back(start(a, held("0")));
  ASSERT_TRUE(eventually([this] { return order() == "0"; }));
  for (unsigned i = 1; i <= 6; ++i) {
    all.push_back(start(i % 3 == 0 ? b : a, named(std::to_string(i))));
    ASSERT_TRUE(eventually([&] { return waiting() == i; }));
  }
  release();
  for (auto& one : all) EXPECT_TRUE(one.get());
  EXPECT_EQ(order(), "0123456");
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(RunnerQueue, RunsAsManyAtOnceAsThereMayBeWorkers) {
  options.max_workers = 3;
  const auto f = obedient();
  std::vector<std::future<Outcome>> all;
  for (int i = 0; i < 5; ++i) all.push_back(start(f, held("x")));
  ASSERT_TRUE(eventually([this] { return order() == "xxx" && waiting() == 2; }));
  EXPECT_EQ(worker_processes().size(), 3u);
  release();
  std::set<std::string> pids;
  for (auto& one : all) pids.insert(one.get()->payload);
  EXPECT_EQ(pids.size(), 3u);
}

TEST_F(RunnerQueue, ThrottlesWhenTooManyWait) {
  options.max_workers = 1;
  options.max_waiting = 1;
  const auto f = obedient();
  auto running = start(f, held("0"));
  ASSERT_TRUE(eventually([this] { return order() == "0"; }));
  auto queued = start(f, named("1"));
  ASSERT_TRUE(eventually([this] { return waiting() == 1; }));
  const Outcome refused = start(f, named("2")).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, lambda::NotRun::Why::throttled);
  release();
  EXPECT_TRUE(running.get());
  EXPECT_TRUE(queued.get());
  const Labels labels{{"account", f.account}, {"region", f.region}, {"function", f.name}};
  EXPECT_EQ(probes.counter("millrace_lambda_throttles_total", "", labels).value(), 1u);
}

TEST_F(RunnerQueue, ThrottlesWhoWaitsTooLong) {
  options.max_workers = 1;
  options.max_wait = milliseconds(50);
  const auto f = obedient();
  auto running = start(f, held("0"));
  ASSERT_TRUE(eventually([this] { return order() == "0"; }));
  const Outcome refused = start(obedient(), named("1")).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, lambda::NotRun::Why::throttled);
  EXPECT_EQ(refused.error().detail, "no worker was free within 50 ms");
  EXPECT_EQ(waiting(), 0u);
  release();
  EXPECT_TRUE(running.get());
}

TEST_F(RunnerQueue, IdleWorkerOfAnotherFunctionMakesRoom) {
  options.max_workers = 2;
  const auto a = obedient(), b = obedient(), c = obedient();
  const pid_t first = answer(a, named("a")), second = answer(b, named("b"));
  EXPECT_EQ(answer(a, named("a")), first);  // so that b's idles longest
  const pid_t third = answer(c, named("c"));
  EXPECT_FALSE(is_running(second));
  EXPECT_TRUE(is_running(first));
  EXPECT_TRUE(is_running(third));
}

TEST_F(RunnerQueue, ChangedRevisionRetiresWorkers) {
  auto f = obedient();
  const pid_t idle = answer(f, named("0"));
  f.revision = "2";
  f.environment["NEW"] = "1";
  auto running = start(f, held("1"));
  ASSERT_TRUE(eventually([this] { return order() == "01"; }));
  EXPECT_TRUE(eventually([idle] { return !is_running(idle); }));
  f.revision = "3";
  const pid_t newest = answer(f, named("2"));
  release();
  const Outcome old = running.get();  // what runs is not disturbed, but ends afterwards
  ASSERT_TRUE(old);
  EXPECT_EQ(old->function_error, std::nullopt);
  const pid_t retired = std::atoi(old->payload.c_str());
  EXPECT_NE(retired, newest);
  EXPECT_TRUE(eventually([retired] { return !is_running(retired); }));
  EXPECT_EQ(answer(f, named("3")), newest);
}

TEST_F(RunnerQueue, ForgetEndsWorkersAndRemovesCode) {
  const auto f = obedient(), other = obedient();
  const pid_t idle = answer(f, named("0"));
  auto running = start(f, held("1"));
  auto also_running = start(f, held("1"));
  ASSERT_TRUE(eventually([this] { return order() == "011"; }));
  const pid_t free_again = answer(other, named("2"));
  runner().forget(f.arn);
  EXPECT_TRUE(is_running(free_again));
  release();
  const Outcome last = running.get();
  ASSERT_TRUE(last);
  EXPECT_TRUE(also_running.get());
  EXPECT_TRUE(eventually([&] { return worker_processes() == std::vector<pid_t>{free_again}; }));
  EXPECT_FALSE(is_running(idle));
  EXPECT_EQ(answer(other, named("3")), free_again);  // the same archive, in use by another function
  runner().forget(other.arn);
  EXPECT_TRUE(eventually([this] { return fs::is_empty(options.work_dir / "code"); }));
}

TEST_F(RunnerQueue, StopWaitsForWhatRuns) {
  const auto f = obedient();
  options.max_workers = 1;
  auto running = start(f, held("0"));
  ASSERT_TRUE(eventually([this] { return order() == "0"; }));
  auto queued = start(f, named("1"));
  ASSERT_TRUE(eventually([this] { return waiting() == 1; }));
  std::thread stopping([this] { runner().stop(seconds(20)); });
  const Outcome refused = queued.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, lambda::NotRun::Why::internal);
  release();
  stopping.join();
  const Outcome finished = running.get();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->function_error, std::nullopt);
  EXPECT_TRUE(worker_processes().empty());
  EXPECT_FALSE(start(f, named("2")).get());
}

TEST_F(RunnerQueue, StopKillsWhatOutlastsItsGrace) {
  const auto f = obedient();
  run(obedient(), named("0"));
  auto running = start(f, held("1"));
  ASSERT_TRUE(eventually([this] { return order() == "01"; }));
  const auto before = std::chrono::steady_clock::now();
  runner().stop(milliseconds(50));
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(10));
  EXPECT_TRUE(worker_processes().empty());
  const Outcome killed = running.get();
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().why, lambda::NotRun::Why::internal);
  EXPECT_TRUE(fs::is_empty(options.work_dir / "tmp"));
}

TEST_F(RunnerQueue, StopWhileWorkersStart) {
  std::vector<std::future<Outcome>> all;
  for (int i = 0; i < 4; ++i) all.push_back(start(python("import time\ntime.sleep(1000)\n")));
  ASSERT_TRUE(eventually([] { return worker_processes().size() >= 2; }));
  runner().stop(milliseconds(0));
  EXPECT_TRUE(worker_processes().empty());
  for (auto& one : all) EXPECT_FALSE(one.get());
}

TEST_F(RunnerPool, IdleWorkersExpire) {
  options.idle_timeout = milliseconds(50);
  run(python("def handler(event, context):\n    pass\n"));
  EXPECT_TRUE(eventually([] { return worker_processes().empty(); }));
  EXPECT_TRUE(eventually([this] { return idle_workers() == 0; }));
}

TEST_F(RunnerPool, IdleWorkerThatDiesIsNoticed) {
  const auto f = python("import os\ndef handler(event, context):\n    return os.getpid()\n");
  pid_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const pid_t pid = answer(f);
    EXPECT_NE(pid, last);
    ::kill(pid, SIGKILL);
    EXPECT_TRUE(eventually([this] { return idle_workers() + busy_workers() == 0; }));
    last = pid;
  }
}

// Answers with its process id, and asks for more when GO exists.
constexpr const char* kGoesOn = R"(
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  id=$(curl -sS -o /dev/null -D - "$api/invocation/next" | tr -d '\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
  curl -sS -X POST "$api/invocation/$id/response" -d "$$"
  while [ ! -e "$GO" ]; do sleep 0.01; done
done
)";

// The answer is out before the runtime asks for more; meanwhile another worker takes the next event.
TEST_F(RunnerPool, WorkerThatGoesOnAfterItsAnswerIsNotDisturbed) {
  auto f = shell(kGoesOn);
  f.environment["GO"] = scratch("go");
  const std::string first = run(f).payload, second = run(f).payload;
  EXPECT_NE(first, second);
  std::ofstream(scratch("go")) << "go";
  EXPECT_TRUE(eventually([this] { return idle_workers() == 2; }));
}

TEST_F(RunnerPool, WorkerThatGoesOnAfterItsAnswerCountsAsReservedConcurrency) {
  auto f = shell(kGoesOn);
  f.environment["GO"] = scratch("go");
  f.reserved = 1;
  const std::string first = run(f).payload;
  auto second = start(f);
  ASSERT_TRUE(eventually([this] { return waiting() == 1; }));
  std::ofstream(scratch("go")) << "go";
  const Outcome outcome = second.get();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->payload, first);
}

TEST_F(RunnerPool, ManyCallersShareFewWorkers) {
  const auto f = python("def handler(event, context):\n    return event\n");
  std::vector<std::future<Outcome>> all;
  for (int i = 0; i < 300; ++i) all.push_back(start(f, std::to_string(i)));
  for (int i = 0; i < 300; ++i) {
    const Outcome outcome = all[static_cast<std::size_t>(i)].get();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->payload, std::to_string(i));
  }
  EXPECT_LE(worker_processes().size(), 4u);
}

}  // namespace
}  // namespace millrace::functions
