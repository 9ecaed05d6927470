// A server killed with kill -9 leaves no functions behind for long.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "server/functions/workers/worker_table.h"
#include "tests/unit/server/functions/functions_fixture.h"

extern char** environ;  // NOLINT

namespace millrace::functions {
namespace {

constexpr const char* kDirectory = "MILLRACE_TEST_DIRECTORY";

// The server that is killed: this program again, as a process of its own.
using RunnerCrashed = RunnerTest;
TEST_F(RunnerCrashed, DISABLED_Server) {
  const char* directory = std::getenv(kDirectory);
  ASSERT_TRUE(directory);
  options.work_dir = fs::path(directory) / "functions";
  auto f = python(R"(
import os, subprocess, time
def handler(event, context):
    pids = [os.getpid(), subprocess.Popen(['sleep', '1000']).pid,
            subprocess.Popen(['sleep', '1000'], start_new_session=True).pid]
    with open(os.environ['PIDS'] + '.new', 'w') as out:
        out.write(' '.join(map(str, pids)))
    os.rename(os.environ['PIDS'] + '.new', os.environ['PIDS'])
    time.sleep(1000)
)");
  f.timeout_s = 60;
  f.environment["PIDS"] = fs::path(directory) / "pids";
  run(f);
}

TEST(RunnerCrash, NextServerKillsWhatTheKilledOneLeft) {
  const ScratchDirectory directory;
  ::setenv(kDirectory, directory.path().c_str(), 1);
  const char* arguments[] = {"unit_tests", "--gtest_also_run_disabled_tests",
                             "--gtest_filter=RunnerCrashed.DISABLED_Server", nullptr};
  pid_t server = 0;
  ASSERT_EQ(
      ::posix_spawn(&server, "/proc/self/exe", nullptr, nullptr, const_cast<char**>(arguments), environ), 0);
  ::unsetenv(kDirectory);
  const bool started = eventually([&] { return fs::exists(directory.path() / "pids"); });
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  ASSERT_TRUE(started);
  std::vector<pid_t> pids;
  std::ifstream in(directory.path() / "pids");
  for (pid_t pid = 0; in >> pid;) pids.push_back(pid);
  ASSERT_EQ(pids.size(), 3u);
  // The worker dies with its server; what it started is left to the next.
  EXPECT_TRUE(eventually([&] { return !is_running(pids[0]); }));
  kill_leftovers((directory.path() / "another").string());
  EXPECT_TRUE(is_running(pids[1]));
  EXPECT_TRUE(is_running(pids[2]));
  kill_leftovers((directory.path() / "functions").string());
  EXPECT_FALSE(is_running(pids[1]));
  EXPECT_FALSE(is_running(pids[2]));
}

}  // namespace
}  // namespace millrace::functions
