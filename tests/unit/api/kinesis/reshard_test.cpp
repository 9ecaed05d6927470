#include "api/kinesis/reshard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace millrace::kinesis {
namespace {

constexpr HashKey kMax = ~HashKey{0};

Stream stream_of(std::uint32_t shards) {
  Stream s;
  s.shards = even_shards(shards, 100);
  return s;
}

std::vector<Shard> open(const Stream& s) {
  std::vector<Shard> out;
  for (const Shard& shard : s.shards)
    if (!shard.closed_s) out.push_back(shard);
  std::sort(out.begin(), out.end(), [](const Shard& a, const Shard& b) { return a.start < b.start; });
  return out;
}

// The open shards cover all keys once, and each child begins right after its parents ended.
void check(const Stream& s) {
  const std::vector<Shard> all = open(s);
  ASSERT_FALSE(all.empty());
  EXPECT_TRUE(all.front().start == 0);
  EXPECT_TRUE(all.back().end == kMax);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_TRUE(all[i].start == all[i - 1].end + 1);
  for (std::size_t i = 1; i < s.shards.size(); ++i) EXPECT_LT(s.shards[i - 1].number, s.shards[i].number);
  for (const Shard& shard : s.shards) {
    for (const auto& parent : {shard.parent, shard.adjacent_parent}) {
      if (!parent) continue;
      const Shard* p = s.find_shard(*parent);
      ASSERT_TRUE(p && p->closed_s);
      EXPECT_EQ(*p->closed_s + 1, shard.created_s);
    }
    if (shard.closed_s) {
      EXPECT_FALSE(s.children_of(shard).empty());
      EXPECT_GE(*shard.closed_s, shard.created_s);
    }
  }
}

TEST(Reshard, ASplitShardHasTwoChildren) {
  Stream s = stream_of(2);
  split(s, 0, 1000, 200);
  check(s);
  ASSERT_EQ(s.shards.size(), 4u);
  EXPECT_EQ(s.shards[0].closed_s, 200u);
  EXPECT_EQ(s.shards[2].parent, 0u);
  EXPECT_FALSE(s.shards[2].adjacent_parent);
  EXPECT_EQ(to_string(s.shards[2].end), "999");
  EXPECT_EQ(to_string(s.shards[3].start), "1000");
  EXPECT_EQ(s.shards[3].created_s, 201u);
}

TEST(Reshard, MergedShardsHaveOneChildOfBoth) {
  Stream s = stream_of(3);
  EXPECT_TRUE(adjacent(s.shards[1], s.shards[2]));
  EXPECT_FALSE(adjacent(s.shards[0], s.shards[2]));
  EXPECT_FALSE(adjacent(s.shards[2], s.shards[0]));  // not around the end either
  merge(s, 1, 2, 200);
  check(s);
  EXPECT_EQ(s.shards[3].parent, 1u);
  EXPECT_EQ(s.shards[3].adjacent_parent, 2u);
  EXPECT_EQ(s.open_shards(), 2);
}

TEST(Reshard, ChildrenOfOneSecondEndNoEarlierThanTheyBegan) {
  Stream s = stream_of(1);
  split(s, 0, kMax / 2, 200);
  split(s, 1, 1000, 200);
  merge(s, 3, 4, 200);
  check(s);
}

TEST(Reshard, ScalingEndsWithTheRangesOfANewStream) {
  for (const std::uint32_t from : {1u, 2u, 3u, 4u, 7u, 16u})
    for (const std::uint32_t to : {1u, 2u, 3u, 5u, 8u, 32u}) {
      Stream s = stream_of(from);
      scale(s, to, 200);
      check(s);
      const std::vector<Shard> wanted = even_shards(to, 0), have = open(s);
      ASSERT_EQ(have.size(), to);
      for (std::size_t i = 0; i < to; ++i) EXPECT_TRUE(have[i].start == wanted[i].start);
    }
}

TEST(Reshard, DoublingIsSplitsAloneAndHalvingMergesAlone) {
  Stream s = stream_of(4);
  scale(s, 8, 200);
  EXPECT_EQ(s.shards.size(), 12u);
  scale(s, 4, 300);
  EXPECT_EQ(s.shards.size(), 16u);
  check(s);
}

TEST(Reshard, GrowingSplitsTheWidest) {
  Stream s = stream_of(1);
  split(s, 0, 1000, 200);
  grow(s, 3, 300);
  check(s);
  EXPECT_FALSE(s.find_shard(1u)->closed_s);  // the narrow one
  EXPECT_TRUE(s.find_shard(2u)->closed_s);
  EXPECT_EQ(s.open_shards(), 3);
}

TEST(Reshard, ARandomWalkKeepsTheLineage) {
  std::mt19937 random(7);
  Stream s = stream_of(3);
  for (std::uint64_t step = 0; step < 300; ++step) {
    const std::vector<Shard> all = open(s);
    const std::size_t i = random() % all.size();
    if (random() % 2 && i + 1 < all.size()) {
      merge(s, all[i].number, all[i + 1].number, 200 + step / 10);
    } else if (all[i].end - all[i].start > 4 && all.size() < 50) {
      split(s, all[i].number, all[i].start + (all[i].end - all[i].start) / (2 + random() % 3),
            200 + step / 10);
    }
  }
  check(s);
}

}  // namespace
}  // namespace millrace::kinesis
