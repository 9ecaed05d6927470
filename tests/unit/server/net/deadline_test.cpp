#include "server/net/deadline.h"

#include <gtest/gtest.h>

namespace millrace::net {
namespace {

using namespace std::chrono_literals;

class DeadlineTest : public testing::Test {
 protected:
  Deadline deadline{60s};
  const Deadline::Clock::time_point begin = Deadline::Clock::now();
};

TEST_F(DeadlineTest, WhoMovesTooLittleInAWindowIsSlow) {
  EXPECT_FALSE(deadline.slow(begin + 1s));  // too early to tell
  deadline.moved(100 << 10);
  EXPECT_TRUE(deadline.slow(begin + 5s));
  EXPECT_TRUE(deadline.slow(begin + 6s));
}

TEST_F(DeadlineTest, WhoMovesEnoughIsNot) {
  deadline.moved(5 * (64 << 10));
  EXPECT_FALSE(deadline.slow(begin + 5s));
}

TEST_F(DeadlineTest, WhatWasMovedBeforeDoesNotCount) {
  deadline.moved(100 << 20);
  EXPECT_FALSE(deadline.slow(begin + 5s));
  EXPECT_TRUE(deadline.slow(begin + 10s));
  deadline.moved(1 << 20);
  EXPECT_FALSE(deadline.slow(begin + 15s));
}

TEST_F(DeadlineTest, WhoWaitsForTheServerIsNotSlow) {
  deadline.pause();
  EXPECT_FALSE(deadline.slow(begin + 10s));
  deadline.go_on();
  EXPECT_FALSE(deadline.slow(begin + 1s));
  EXPECT_FALSE(deadline.passed(begin + 30s));
}

}  // namespace
}  // namespace millrace::net
