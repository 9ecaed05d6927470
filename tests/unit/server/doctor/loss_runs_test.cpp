#include "server/doctor/loss_runs.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using std::chrono::milliseconds;
using storage::Index;
using storage::Loss;
using storage::ShardId;

class LossRunsTest : public ::testing::Test {
 protected:
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

  void add(std::uint64_t first, std::uint64_t next, std::uint32_t shard = 0,
           Loss::Cause cause = Loss::Cause::block) {
    runs.add({{1, shard}, Index{first}, Index{next}, cause, "why"}, now);
  }
  Ranges taken() {
    Ranges out;
    for (const Loss& loss : runs.take_due(now)) out.emplace_back(loss.first.value, loss.next.value);
    return out;
  }

  LossRuns runs;
  LossRuns::Instant now{};
};

TEST_F(LossRunsTest, WhatFollowsIsOneRunOnceItIsQuiet) {
  EXPECT_EQ(runs.due(), LossRuns::Instant::max());
  for (std::uint64_t i = 10; i < 100; ++i) {
    add(i, i + 1);
    now += milliseconds(10);
  }
  EXPECT_EQ(taken(), Ranges());
  EXPECT_EQ(runs.due(), now - milliseconds(10) + LossRuns::kQuiet);
  now = runs.due();
  EXPECT_EQ(taken(), (Ranges{{10, 100}}));
  EXPECT_EQ(runs.due(), LossRuns::Instant::max());
}

TEST_F(LossRunsTest, OthersAreRunsOfTheirOwn) {
  add(10, 11);
  add(11, 12, 1);
  add(11, 12, 0, Loss::Cause::index);
  add(12, 13);
  add(9, 10);
  now = runs.due();
  EXPECT_EQ(taken(), (Ranges{{9, 11}, {11, 12}, {11, 12}, {12, 13}}));
}

TEST_F(LossRunsTest, ARunThatGrowsOnAndOnIsToldInTime) {
  const auto begin = now;
  for (std::uint64_t i = 0; now < begin + LossRuns::kLongest; ++i, now += milliseconds(500)) {
    EXPECT_EQ(taken(), Ranges());
    add(i, i + 1);
  }
  EXPECT_EQ(taken().size(), 1u);
}

TEST_F(LossRunsTest, ManyAreNotWaitedFor) {
  for (std::uint64_t i = 0; i < LossRuns::kMost; ++i) add(10 * i, 10 * i + 1);
  EXPECT_EQ(taken(), Ranges());
  add(1, 2, 1);
  EXPECT_LT(runs.due(), now);
  EXPECT_EQ(taken(), (Ranges{{0, 1}}));
}

}  // namespace
}  // namespace millrace
