#include "api/kinesis/model.h"

#include <gtest/gtest.h>

namespace millrace::kinesis {
namespace {

constexpr HashKey kMax = ~HashKey{0};

TEST(HashKey, IsTheMd5OfThePartitionKeyAsABigEndianNumber) {
  // md5("a") = 0cc175b9c0f1b6a831c399e269772661
  EXPECT_EQ(to_string(hash_key_of("a")), "16955237001963240173058271559858726497");
  // md5("") = d41d8cd98f00b204e9800998ecf8427e
  EXPECT_EQ(to_string(hash_key_of("")), "281949768489412648962353822266799178366");
}

TEST(HashKey, ParsesUpToItsLargestValue) {
  EXPECT_EQ(parse_hash_key("340282366920938463463374607431768211455"), kMax);
  EXPECT_FALSE(parse_hash_key("340282366920938463463374607431768211456"));
  EXPECT_FALSE(parse_hash_key("999999999999999999999999999999999999999"));
  EXPECT_FALSE(parse_hash_key(""));
  EXPECT_FALSE(parse_hash_key("-1"));
  EXPECT_EQ(parse_hash_key("0"), HashKey{0});
}

TEST(EvenShards, CoverAllKeysWithoutGapOrOverlap) {
  for (const std::uint32_t count : {1u, 2u, 3u, 4u, 5u, 7u, 16u, 100u, 10000u}) {
    const std::vector<Shard> shards = even_shards(count, 0);
    ASSERT_EQ(shards.size(), count);
    EXPECT_EQ(shards.front().start, HashKey{0});
    EXPECT_EQ(shards.back().end, kMax);
    for (std::size_t i = 1; i < shards.size(); ++i) EXPECT_TRUE(shards[i].start == shards[i - 1].end + 1);
  }
}

TEST(EvenShards, SplitAsAwsDoes) {
  const std::vector<Shard> three = even_shards(3, 0);
  EXPECT_EQ(to_string(three[0].end), "113427455640312821154458202477256070484");
  EXPECT_EQ(to_string(three[1].start), "113427455640312821154458202477256070485");
  EXPECT_EQ(to_string(three[1].end), "226854911280625642308916404954512140969");
  const std::vector<Shard> two = even_shards(2, 0);
  EXPECT_EQ(to_string(two[1].start), "170141183460469231731687303715884105728");
}

TEST(ShardId, IsTwelveDigits) {
  EXPECT_EQ(shard_id(0), "shardId-000000000000");
  EXPECT_EQ(shard_id(123456), "shardId-000000123456");
}

TEST(ShardId, ParsesTheNumberAloneAndAnyPrefix) {
  EXPECT_EQ(parse_shard_id("shardId-000000000007"), 7u);
  EXPECT_EQ(parse_shard_id("7"), 7u);
  EXPECT_EQ(parse_shard_id("anything-7"), 7u);
  EXPECT_EQ(parse_shard_id("-7"), 7u);
  EXPECT_EQ(parse_shard_id("a-7-9"), 7u);
  EXPECT_FALSE(parse_shard_id("shardId--7"));
  EXPECT_FALSE(parse_shard_id("shardId-"));
  EXPECT_FALSE(parse_shard_id("shardId-x"));
  EXPECT_FALSE(parse_shard_id("shardId-2147483648"));
}

TEST(Stream, AKeyFallsOnTheShardWhoseRangeHoldsIt) {
  Stream stream;
  stream.shards = even_shards(2, 0);
  stream.index_shards();
  EXPECT_EQ(stream.shard_for(0).number, 0u);
  EXPECT_EQ(stream.shard_for(kMax / 2).number, 0u);
  EXPECT_EQ(stream.shard_for(kMax / 2 + 1).number, 1u);
  EXPECT_EQ(stream.shard_for(kMax).number, 1u);
  Shard child = stream.shards[1];
  child.number = 2;
  stream.shards[1].closed_s = 1;
  stream.shards.push_back(child);
  stream.index_shards();
  EXPECT_EQ(stream.shard_for(kMax / 2).number, 0u);
  EXPECT_EQ(stream.shard_for(kMax).number, 2u) << "not the closed one";
}

TEST(StreamArn, RoundTrips) {
  Stream stream;
  stream.account = "123456789012";
  stream.region = "eu-west-1";
  stream.name = "purchases";
  const auto arn = parse_stream_arn(stream.arn());
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->account, stream.account);
  EXPECT_EQ(arn->region, stream.region);
  EXPECT_EQ(arn->name, stream.name);
  EXPECT_FALSE(parse_stream_arn("arn:aws:sqs:eu-west-1:123456789012:stream/purchases"));
  EXPECT_FALSE(parse_stream_arn("purchases"));
}

TEST(StreamArn, HasThePartitionOfItsRegionAndNothingBehindIt) {
  EXPECT_TRUE(parse_stream_arn("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/s"));
  EXPECT_TRUE(parse_stream_arn("arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/s/consumer/c:5"));
  for (const char* wrong : {"arn:aws:kinesis:cn-north-1:123456789012:stream/s",
                            "arn:aws-cn:kinesis:eu-west-1:123456789012:stream/s",
                            "arn:aws:kinesis:eu-west-1:123456789012:stream/s/",
                            "arn:aws:kinesis:eu-west-1:123456789012:stream/s/x",
                            "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer",
                            "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/",
                            "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c",
                            "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:5/x"})
    EXPECT_FALSE(parse_stream_arn(wrong)) << wrong;
}

}  // namespace
}  // namespace millrace::kinesis
