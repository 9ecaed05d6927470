#include "api/kinesis/limits.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/local/fixture.h"

namespace millrace::kinesis {
namespace {

using namespace std::chrono_literals;

constexpr Rate kTen{10};

TEST(Meter, GivesItsRateInEverySecond) {
  Meter meter;
  const Time t{1'000'000ms};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(meter.take(kTen, 1, t + i * 50ms)) << i;
  EXPECT_FALSE(meter.take(kTen, 1, t + 999ms));
  EXPECT_GT(meter.wait(kTen, t + 999ms), 0ms);
  EXPECT_TRUE(meter.take(kTen, 10, t + 1s));
  EXPECT_FALSE(meter.take(kTen, 1, t + 1s));
}

TEST(Meter, WhatDoesNotFitUsesNothing) {
  Meter meter;
  const Time t{1'000'000ms};
  EXPECT_TRUE(meter.take(kTen, 9, t));
  EXPECT_FALSE(meter.take(kTen, 2, t));
  EXPECT_TRUE(meter.take(kTen, 1, t));
}

TEST(Meter, MoreThanASecondsWorthIsPaidWithLongerSeconds) {
  Meter meter;
  const Time t{1'000'000ms};
  EXPECT_TRUE(meter.take(kTen, 50, t));
  EXPECT_EQ(meter.wait(kTen, t + 1s), 4s);
  EXPECT_FALSE(meter.take(kTen, 1, t + 4999ms));
  EXPECT_TRUE(meter.take(kTen, 1, t + 5s));
  EXPECT_FALSE(meter.take(kTen, 50, t + 5s)) << "only where nothing was used yet";
}

TEST(Meter, AClockThatJumpsBackDoesNotStopAnyone) {
  Meter meter;
  const Time t{1'000'000ms};
  EXPECT_TRUE(meter.take(kTen, 10, t));
  EXPECT_TRUE(meter.take(kTen, 10, t - 1h));
  EXPECT_FALSE(meter.take(kTen, 1, t - 1h));
}

class LimitsTest : public testing::Test {
 protected:
  LimitsTest() {
    stream.number = 7;
    stream.account = caller.account;
    stream.region = caller.region;
    stream.name = "s";
    stream.shards = even_shards(2, 1);
  }
  int puts(Limits& limits, const Stream& to, std::size_t shard, std::size_t bytes, int tries) const {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += limits.take_put(to, to.shards[shard], bytes) ? 1 : 0;
    return taken;
  }
  int calls(Limits& limits, std::string_view operation, const Caller& who, std::string_view name,
            bool exists = true) const {
    int taken = 0;
    for (int i = 0; i < 30; ++i) taken += limits.take_operation(operation, who, name, exists) ? 1 : 0;
    return taken;
  }

  storage::MovedClock clock;
  const Caller caller{"000000000000", "us-east-1", "key"};
  Stream stream;
};

TEST_F(LimitsTest, AShardTakesAThousandRecordsASecond) {
  Limits limits(clock, {.aws = true});
  EXPECT_EQ(puts(limits, stream, 0, 10, 1500), 1000);
  EXPECT_EQ(puts(limits, stream, 1, 10, 1500), 1000) << "each shard has a rate of its own";
  clock.advance(1s);
  EXPECT_EQ(puts(limits, stream, 0, 10, 1500), 1000);
}

TEST_F(LimitsTest, AShardTakesAMebibyteASecond) {
  Limits limits(clock, {.aws = true});
  EXPECT_EQ(puts(limits, stream, 0, 256 << 10, 10), 4);
  clock.advance(1s);
  EXPECT_EQ(puts(limits, stream, 0, 10 << 20, 2), 1)
      << "a record beyond a second's worth is taken by a fresh one";
  clock.advance(9999ms);
  EXPECT_EQ(puts(limits, stream, 0, 1, 1), 0);
  clock.advance(1ms);
  EXPECT_EQ(puts(limits, stream, 0, 1, 1), 1);
}

TEST_F(LimitsTest, AShardGivesFiveReadsAndTwoMebibytesASecond) {
  Limits limits(clock, {.aws = true});
  const Shard& shard = stream.shards[0];
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limits.take_read(stream, shard));
  EXPECT_FALSE(limits.take_read(stream, shard));
  EXPECT_TRUE(limits.take_read(stream, stream.shards[1]));
  clock.advance(1s);
  ASSERT_TRUE(limits.take_read(stream, shard));
  limits.was_read(stream, shard, 2 << 20);
  EXPECT_FALSE(limits.take_read(stream, shard)) << "the second's bytes are used up";
  clock.advance(1s);
  ASSERT_TRUE(limits.take_read(stream, shard));
  limits.was_read(stream, shard, 10 << 20);
  clock.advance(4999ms);
  EXPECT_FALSE(limits.take_read(stream, shard));
  clock.advance(1ms);
  EXPECT_TRUE(limits.take_read(stream, shard));
}

TEST_F(LimitsTest, AConsumerIsPushedTwoMebibytesASecond) {
  Limits limits(clock, {.aws = true});
  const Shard& shard = stream.shards[0];
  EXPECT_EQ(limits.pushed(stream, shard, "c", 1 << 20), 0ms);
  EXPECT_EQ(limits.pushed(stream, shard, "c", 1 << 20), 1s);
  EXPECT_EQ(limits.pushed(stream, shard, "d", 1 << 20), 0ms) << "each consumer has a rate of its own";
  clock.advance(1s);
  EXPECT_EQ(limits.pushed(stream, shard, "c", 3 << 20), 1500ms);
}

TEST_F(LimitsTest, OperationsCountByAccountAndRegionOrByStream) {
  Limits limits(clock, {.aws = true});
  EXPECT_EQ(calls(limits, "CreateStream", caller, "a", false), 5);
  EXPECT_EQ(calls(limits, "CreateStream", caller, "b", false), 0);
  EXPECT_EQ(calls(limits, "CreateStream", {"111111111111", "us-east-1", ""}, "a", false), 5);
  EXPECT_EQ(calls(limits, "CreateStream", {"000000000000", "eu-west-1", ""}, "a", false), 5);
  EXPECT_EQ(calls(limits, "ListStreams", caller, ""), 5);
  EXPECT_EQ(calls(limits, "DescribeLimits", caller, ""), 1);
  EXPECT_EQ(calls(limits, "SplitShard", caller, "a"), 5);
  EXPECT_EQ(calls(limits, "SplitShard", caller, "b"), 5);
  EXPECT_EQ(calls(limits, "PutRecords", caller, "a"), 30) << "has shards' limits alone";
  clock.advance(1s);
  EXPECT_EQ(calls(limits, "CreateStream", caller, "a", false), 5);
}

TEST_F(LimitsTest, EncryptionChangesCountOverADay) {
  Limits limits(clock, {.aws = true});
  EXPECT_EQ(calls(limits, "StartStreamEncryption", caller, "a"), 25);
  clock.advance(24h - 1ms);
  EXPECT_EQ(calls(limits, "StartStreamEncryption", caller, "a"), 0);
  clock.advance(1ms);
  EXPECT_EQ(calls(limits, "StartStreamEncryption", caller, "a"), 25);
}

TEST_F(LimitsTest, AStreamMayHaveOtherLimits) {
  Stream free = stream;
  free.name = "free";
  free.number = 8;
  Limits some_off(clock, {.aws = true, .streams = {{"free", false}}});
  EXPECT_EQ(puts(some_off, free, 0, 1, 1500), 1500);
  EXPECT_EQ(puts(some_off, stream, 0, 1, 1500), 1000);
  EXPECT_EQ(calls(some_off, "DescribeStream", caller, "free"), 30);
  Limits some_on(clock, {.aws = false, .streams = {{"s", true}}});
  EXPECT_TRUE(some_on.on());
  EXPECT_EQ(puts(some_on, free, 0, 1, 1500), 1500);
  EXPECT_EQ(puts(some_on, stream, 0, 1, 1500), 1000);
  EXPECT_FALSE(Limits(clock, {.aws = false, .streams = {{"s", false}}}).on());
}

TEST(Limits, EveryLimitedOperationIsFoundByItsName) {
  EXPECT_EQ(limit_of("DescribeStream")->rate.amount, 10u);
  EXPECT_EQ(limit_of("DescribeStreamSummary")->rate.amount, 20u);
  EXPECT_EQ(limit_of("ListShards")->rate.amount, 1000u);
  EXPECT_EQ(limit_of("ListShards")->scope, OperationLimit::Scope::stream);
  EXPECT_EQ(limit_of("GetRecords"), nullptr);
}

}  // namespace
}  // namespace millrace::kinesis
