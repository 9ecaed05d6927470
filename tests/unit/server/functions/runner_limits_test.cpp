// Functions that hang, die, or want all of the machine.
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

using RunnerLimits = RunnerTest;

std::uint64_t resident_mb() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

std::vector<pid_t> pids_in(const fs::path& file) {
  std::ifstream in(file);
  std::vector<pid_t> out;
  for (pid_t pid = 0; in >> pid;) out.push_back(pid);
  return out;
}

bool none_runs(const std::vector<pid_t>& pids) { return std::none_of(pids.begin(), pids.end(), is_running); }

TEST_F(RunnerLimits, TimeoutKillsAllThatWasStarted) {
  auto f = python(R"(
import os, subprocess, time
def handler(event, context):
    if event.get('quick'):
        return 'quick'
    with open(os.environ['PIDS'], 'w') as pids:
        pids.write('%d %d %d\n' % (os.getpid(), subprocess.Popen(['sleep', '1000']).pid,
                                 subprocess.Popen(['sleep', '1000'], start_new_session=True).pid))
    print('started', flush=True)
    while True:
        time.sleep(1000)
)");
  f.environment["PIDS"] = scratch("pids");
  f.timeout_s = 1;
  const lambda::InvokeResult result = run(f);
  EXPECT_EQ(result.function_error, "Unhandled");
  EXPECT_EQ(result.payload, R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: )" +
                                result.request_id + R"( Error: Task timed out after 1.00 seconds"})");
  EXPECT_EQ(result.duration, seconds(1));
  EXPECT_TRUE(has(result.log_tail, "started\n"));
  EXPECT_TRUE(has(result.log_tail, "Z " + result.request_id + " Task timed out after 1.00 seconds\nEND "));
  EXPECT_TRUE(has(result.log_tail, "\tStatus: timeout"));
  const auto pids = pids_in(scratch("pids"));
  ASSERT_EQ(pids.size(), 3u);
  EXPECT_TRUE(eventually([&] { return none_runs(pids); }));
  EXPECT_EQ(answer(f, R"({"quick": true})"), "quick");
}

TEST_F(RunnerLimits, EndsWithinAnInvocation) {
  const auto f = python(R"(
import os, sys
def handler(event, context):
    if event == 'exit': sys.exit(1)
    if event == 'kill': os.kill(os.getpid(), 9)
    if event == 'abort': os.abort()
    if isinstance(event, int): os._exit(event)
    return 'alive'
)");
  const auto reason = [&](const std::string& payload) {
    const lambda::InvokeResult result = run(f, payload);
    const auto error = nlohmann::json::parse(result.payload);
    EXPECT_EQ(error["errorType"], "Runtime.ExitError");
    EXPECT_TRUE(has(result.log_tail, "\nRuntime.ExitError\nEND RequestId: "));
    const std::string prefix = "RequestId: " + result.request_id + " Error: ";
    EXPECT_TRUE(begins(error["errorMessage"], prefix));
    return std::string(error["errorMessage"]).substr(prefix.size());
  };
  EXPECT_EQ(reason("0"), "Runtime exited without providing a reason");
  EXPECT_EQ(reason("127"), "Runtime exited with error: exit status 127");
  EXPECT_EQ(reason("\"exit\""), "Runtime exited with error: exit status 1");
  EXPECT_EQ(reason("\"kill\""), "Runtime exited with error: signal: killed");
  EXPECT_EQ(reason("\"abort\""), "Runtime exited with error: signal: aborted");
  EXPECT_EQ(answer(f, "null"), "alive");
}

TEST_F(RunnerLimits, TooMuchMemoryIsKilledAndSaysSo) {
  const auto f = python(R"(
import time
def handler(event, context):
    if event:
        hoard = bytearray(event << 20) if event > 1000 else [b'x' * (8 << 20) for _ in range(event)]
        time.sleep(1000)
    return 'modest'
)");
  const lambda::InvokeResult result = run(f, "40");
  EXPECT_EQ(result.payload, R"({"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: )" +
                                result.request_id + R"( Error: Runtime exited with error: signal: killed"})");
  EXPECT_TRUE(has(result.log_tail, "Killed: the function used more memory than its 128 MB"));
  EXPECT_TRUE(has(result.log_tail, "Error Type: Runtime.OutOfMemory"));
  // What no watchdog could see in time, the kernel refuses.
  EXPECT_EQ(error(f, "1024")["errorType"], "MemoryError");
  EXPECT_EQ(answer(f, "0"), "modest");
}

TEST_F(RunnerLimits, MemoryOfChildrenCounts) {
  const auto f = python(R"(
import subprocess, sys
def handler(event, context):
    subprocess.run([sys.executable, '-c', 'import time; x = b"x" * (200 << 20); time.sleep(1000)'])
)");
  EXPECT_EQ(error(f)["errorType"], "Runtime.OutOfMemory");
}

TEST_F(RunnerLimits, PrintsAGibibyte) {
  const auto f = python(R"(
import os
def handler(event, context):
    line = b'x' * 65535 + b'\n'
    for _ in range(event):
        os.write(1, line)
    os.write(2, b'the end\n')
    return 'printed'
)");
  run(f, "0");
  const std::uint64_t before = resident_mb();
  auto generous = f;
  generous.timeout_s = 60;
  const lambda::InvokeResult result = run(generous, "16384");
  EXPECT_EQ(result.payload, "\"printed\"");
  EXPECT_LE(result.log_tail.size(), 4096u);
  EXPECT_TRUE(has(result.log_tail, "the end\n"));
  EXPECT_TRUE(has(log_of(f), " bytes of output dropped: more than 1048576 in one invocation]"));
  EXPECT_LT(log_of(f).size(), 3u << 20);
  EXPECT_LT(resident_mb(), before + 100);
  for (int i = 0; i < 20; ++i) run(f, "32");
  EXPECT_LT(log_of(f).size(), 9u << 20);
}

// 256 processes at the most: should the runner fail, the machine must not.
constexpr const char* kBomb = R"(
import os, time
def handler(event, context):
    for _ in range(8):
        if os.fork() == 0 and event == 'sessions':
            os.setsid()
    time.sleep(20)
    os._exit(0)
)";

TEST_F(RunnerLimits, ForkBomb) {
  options.max_processes = 20;
  const lambda::InvokeResult result = run(python(kBomb), "\"group\"");
  EXPECT_EQ(nlohmann::json::parse(result.payload)["errorType"], "Runtime.ExitError");
  EXPECT_TRUE(has(result.log_tail, "Killed: the function had more processes or threads than are allowed"));
  EXPECT_TRUE(eventually([] { return worker_processes().empty(); }));
}

TEST_F(RunnerLimits, ForkBombWhoseProcessesLeaveTheGroup) {
  options.max_processes = 20;
  EXPECT_EQ(error(python(kBomb), "\"sessions\"")["errorType"], "Runtime.ExitError");
  EXPECT_TRUE(eventually([] { return worker_processes().empty(); }));
}

TEST_F(RunnerLimits, ManyThreads) {
  options.max_processes = 4;
  const auto f = python(R"(
import threading, time
def handler(event, context):
    try:
        for _ in range(200):
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    except RuntimeError:
        pass  # no memory for more stacks
    time.sleep(1000)
)");
  EXPECT_EQ(error(f)["errorType"], "Runtime.ExitError");
}

// Two forks, a session of its own, another program, no environment: nothing shows whose it was.
TEST_F(RunnerLimits, DaemonGoesWithItsWorker) {
  auto f = python(R"(
import os
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open(os.environ['PIDS'], 'w') as pids:
                pids.write('%d\n' % os.getpid())
            os.execve('/bin/sleep', ['sleep', '1000'], {})
        os._exit(0)
    return None
)");
  f.environment["PIDS"] = scratch("pids");
  run(f);
  ASSERT_TRUE(eventually([this] { return !pids_in(scratch("pids")).empty(); }));
  const auto pids = pids_in(scratch("pids"));
  stop_runner();
  EXPECT_TRUE(none_runs(pids));
}

TEST_F(RunnerLimits, ClosesItsOutput) {
  const auto f = python(R"(
import os, sys
def handler(event, context):
    if event == 'files':
        sys.stdout.close()
        sys.stderr.close()
    else:
        os.close(1)
        os.close(2)
    if event == 'fail':
        raise ValueError('unseen')
    return 'silent'
)");
  EXPECT_EQ(answer(f, "\"files\""), "silent");
  auto again = f;
  again.revision = "2";
  EXPECT_EQ(answer(again, "\"descriptors\""), "silent");
  again.revision = "3";
  EXPECT_EQ(error(again, "\"fail\"")["errorMessage"], "unseen");
}

TEST_F(RunnerLimits, FileThatIsTooLarge) {
  const auto f = python(R"(
import os
def handler(event, context):
    with open(os.environ['TMPDIR'] + '/big', 'wb') as big:
        os.truncate(big.fileno(), event)
    return 'made'
)");
  EXPECT_EQ(answer(f, std::to_string(512 << 20)), "made");
  EXPECT_EQ(error(f, std::to_string((512 << 20) + 1))["errorType"], "OSError");
}

// A start that does `first` the first time, or always, and else answers.
std::string troubled_start(const std::string& first) {
  return R"(
if [ ! -e "$FLAG" ] || [ "$ALWAYS" = yes ]; then
  printf x >> "$FLAG"
  )" + first +
         R"(
fi
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
id=$(curl -sS -o /dev/null -D - "$api/invocation/next" | tr -d '\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
curl -sS -X POST "$api/invocation/$id/response" -d 'second time'
curl -sS "$api/invocation/next"
)";
}

TEST_F(RunnerLimits, StartThatTakesTooLongIsTriedAgainOnTheFunctionsTime) {
  options.init_timeout = milliseconds(500);
  auto f = shell(troubled_start("sleep 1000"));
  f.environment = {{"FLAG", scratch("flag")}, {"ALWAYS", "no"}};
  EXPECT_EQ(run(f).payload, "second time");
  EXPECT_TRUE(has(log_of(f), "\tPhase: init\tStatus: timeout\nSTART "));
  f.environment["ALWAYS"] = "yes";
  f.revision = "2";
  f.timeout_s = 1;
  EXPECT_EQ(error(f)["errorType"], "Sandbox.Timedout");
}

TEST_F(RunnerLimits, StartThatCrashesIsTriedOnceMore) {
  auto f = shell(troubled_start("exit 7"));
  f.environment = {{"FLAG", scratch("flag")}, {"ALWAYS", "no"}};
  EXPECT_EQ(run(f).payload, "second time");
  f.environment["ALWAYS"] = "yes";
  f.revision = "2";
  const lambda::InvokeResult result = run(f);
  EXPECT_EQ(result.payload, R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" +
                                result.request_id + R"( Error: Runtime exited with error: exit status 7"})");
  EXPECT_EQ(content_of(scratch("flag")), "xxx");
}

}  // namespace
}  // namespace millrace::functions
