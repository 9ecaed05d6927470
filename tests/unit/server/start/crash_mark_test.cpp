#include "server/start/crash_mark.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace millrace {
namespace {

namespace fs = std::filesystem;

class CrashMark : public ::testing::Test {
 protected:
  CrashMark() {
    std::string name = fs::temp_directory_path() / "millrace-crash-XXXXXX";
    directory = ::mkdtemp(name.data());
  }
  ~CrashMark() override { fs::remove_all(directory); }

  // What a process that ends while it does `work` leaves. A child of it looks, since that marks anew.
  Crash left_by(const std::function<void()>& work) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      (void)mark_crashes(directory);
      work();
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t looks = ::fork();
    if (looks == 0) {
      const Crash crash = mark_crashes(directory);
      ::_exit(::write(pipe[1], &crash, sizeof crash) == sizeof crash ? 0 : 1);
    }
    Crash crash;
    EXPECT_EQ(::read(pipe[0], &crash, sizeof crash), static_cast<ssize_t>(sizeof crash));
    EXPECT_EQ(::waitpid(looks, &status, 0), looks);
    ::close(pipe[0]);
    ::close(pipe[1]);
    return crash;
  }

  const std::string mapping = "00000000-0000-4000-8000-000000000001";
  fs::path directory;
};

TEST_F(CrashMark, NamesTheRecordThatTheThreadWorkedOn) {
  const Crash crash = left_by([this] {
    WorkNote note(mapping, 7);
    note.at(1);
    note.at(1ULL << 40);
    ::raise(SIGSEGV);
  });
  EXPECT_EQ(crash.signal, SIGSEGV);
  ASSERT_TRUE(crash.record);
  EXPECT_EQ(std::string(crash.record->mapping.data(), crash.record->mapping.size()), mapping);
  EXPECT_EQ(crash.record->shard, 7u);
  EXPECT_EQ(crash.record->index, 1ULL << 40);
}

TEST_F(CrashMark, NamesNoRecordOfAnotherThreadOrOfWorkThatIsDone) {
  const Crash other = left_by([this] {
    WorkNote note(mapping, 7);
    note.at(1);
    std::thread([] { ::raise(SIGABRT); }).join();
  });
  EXPECT_EQ(other.signal, SIGABRT);
  EXPECT_FALSE(other.record);
  const Crash done = left_by([this] {
    {
      WorkNote note(mapping, 7);
      note.at(1);
    }
    const WorkNote next(mapping, 8);
    ::raise(SIGABRT);
  });
  EXPECT_EQ(done.signal, SIGABRT);
  EXPECT_FALSE(done.record);
}

TEST_F(CrashMark, SaysNothingOfAnEndWithoutAFault) {
  EXPECT_EQ(left_by([] {}).signal, 0);
  EXPECT_EQ(left_by([] { ::raise(SIGKILL); }).signal, 0);
}

}  // namespace
}  // namespace millrace
