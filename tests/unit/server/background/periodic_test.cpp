#include "server/background/periodic.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/eventually.h"
#include "tests/unit/storage/fake_duties.h"

namespace millrace {
namespace {

TEST(Periodic, WorkIsDoneWhileItIsThisNodesDuty) {
  boost::asio::io_context context;
  storage::FakeDuties duties;
  std::atomic<int> ours = 0, theirs = 0;
  const auto count = [](std::atomic<int>& runs) {
    return [&runs]() -> boost::asio::awaitable<void> {
      ++runs;
      co_return;
    };
  };
  constexpr std::chrono::milliseconds kPeriod{1};
  Periodic a(context, duties, "ours", kPeriod, count(ours));
  Periodic b(context, duties, "theirs", kPeriod, count(theirs));
  duties.lose("theirs");
  a.start();
  b.start();
  std::thread thread([&] { context.run(); });
  EXPECT_TRUE(eventually([&] { return ours >= 5; }));
  EXPECT_EQ(theirs, 0);
  duties.get("theirs");
  EXPECT_TRUE(eventually([&] { return theirs >= 5; }));
  a.stop();
  b.stop();
  thread.join();
}

}  // namespace
}  // namespace millrace
