#include "api/lambda/mappings/shard_progress.h"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

LanePositions positions(std::initializer_list<std::uint64_t> values) {
  LanePositions out;
  for (const std::uint64_t v : values) out.push_back({v});
  return out;
}

Checkpoint kept(std::uint64_t next, std::vector<LanePositions> ahead = {}) {
  return {.stream = 7, .next = {next}, .ahead = std::move(ahead)};
}

TEST(ShardProgress, SpreadsKeysTheSameWayForEver) {
  // Checkpoints rely on it: the low half of the key's MD5.
  EXPECT_EQ(key_hash("test"), 0xcade4e832627b4f6u);
  EXPECT_EQ(ShardProgress(kept(0), 10).lane_of(key_hash("test")), 0xcade4e832627b4f6u % 10);
}

TEST(ShardProgress, TheCheckpointIsWhereTheSlowestLaneStands) {
  const Checkpoint c = ShardProgress(kept(0), 3).at(positions({30, 10, 20}));
  EXPECT_EQ(c.stream, 7u);
  EXPECT_EQ(c.next.value, 10u);
  ASSERT_EQ(c.ahead.size(), 1u);
  EXPECT_EQ(c.ahead[0], positions({30, 10, 20}));
}

TEST(ShardProgress, OneLaneOrEqualOnesNeedNothingElse) {
  EXPECT_TRUE(ShardProgress(kept(0), 1).at(positions({5})).ahead.empty());
  EXPECT_TRUE(ShardProgress(kept(0), 2).at(positions({5, 5})).ahead.empty());
}

TEST(ShardProgress, WhatFormerLanesSettledIsSettled) {
  const ShardProgress p(kept(10, {positions({30, 10})}), 1);
  EXPECT_TRUE(p.settled({29}, 4));  // of the first lane of two
  EXPECT_FALSE(p.settled({30}, 4));
  EXPECT_FALSE(p.settled({10}, 5));  // of the second
  EXPECT_FALSE(p.none_ahead({10}));
  EXPECT_TRUE(p.none_ahead({30}));
}

TEST(ShardProgress, FormerLanesAreKeptUntilAllArePastThem) {
  const ShardProgress p(kept(10, {positions({30, 10})}), 3);
  const Checkpoint before = p.at(positions({29, 40, 50}));
  ASSERT_EQ(before.ahead.size(), 2u);
  EXPECT_EQ(before.ahead[0], positions({30, 10}));
  const Checkpoint after = p.at(positions({30, 40, 50}));
  ASSERT_EQ(after.ahead.size(), 1u);
  EXPECT_EQ(after.ahead[0], positions({30, 40, 50}));
}

TEST(ShardProgress, ARestartWithTheSameLanesAddsNoList) {
  const Checkpoint c = ShardProgress(kept(10, {positions({30, 10})}), 2).at(positions({12, 11}));
  EXPECT_EQ(c.next.value, 11u);
  ASSERT_EQ(c.ahead.size(), 1u);
  EXPECT_EQ(c.ahead[0], positions({30, 11}));
}

TEST(Checkpoint, RowsHoldAllOfIt) {
  Checkpoint c = kept(10, {positions({30, 10}), positions({11, 12, 13})});
  c.window = WindowState{Time(std::chrono::seconds(60)), Time(std::chrono::seconds(120)), R"({"a":"\"1"})"};
  const Checkpoint read = checkpoint_of(row_of(c));
  EXPECT_EQ(read.stream, 7u);
  EXPECT_EQ(read.next, c.next);
  EXPECT_EQ(read.ahead, c.ahead);
  ASSERT_TRUE(read.window);
  EXPECT_EQ(read.window->start, c.window->start);
  EXPECT_EQ(read.window->end, c.window->end);
  EXPECT_EQ(read.window->state, c.window->state);
}

TEST(Checkpoint, RowsOfBeforeLanesAreRead) {
  const Checkpoint read = checkpoint_of(R"({"version":1,"stream":7,"next":5,"finished":true})");
  EXPECT_EQ(read.next.value, 5u);
  EXPECT_TRUE(read.finished);
  EXPECT_TRUE(read.ahead.empty());
  EXPECT_FALSE(read.window);
}

}  // namespace
}  // namespace millrace::lambda
