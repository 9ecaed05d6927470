#include "server/test_clock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

TEST(TestClock, IsTheMachinesUntilItIsMoved) {
  TestClock clock;
  const SystemClock machine;
  const Time before = machine.now();
  const Time now = clock.now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, machine.now());
  ASSERT_TRUE(clock.advance(25h));
  EXPECT_GE(clock.now(), before + 25h);
}

TEST(TestClock, MovesForwardAlone) {
  TestClock clock;
  EXPECT_FALSE(clock.advance(-1ms));
  EXPECT_TRUE(clock.advance(0ms));
  EXPECT_TRUE(clock.advance(TestClock::kMaxOffset));
  EXPECT_FALSE(clock.advance(1ms));
  EXPECT_EQ(clock.offset(), TestClock::kMaxOffset);
}

TEST(TestClock, LosesNoMoveOfSeveralThreads) {
  TestClock clock;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&clock] {
      for (int i = 0; i < 1000; ++i) EXPECT_TRUE(clock.advance(1ms));
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(clock.offset(), 4000ms);
}

}  // namespace
}  // namespace millrace
