// Streams on their way from one state to another, by a clock that these tests move.
#include "tests/unit/api/kinesis/service_fixture.h"

namespace millrace::kinesis {
namespace {

using namespace std::chrono_literals;

class ChangesTest : public ServiceTest {
 protected:
  static KinesisOptions slow() {
    KinesisOptions o;
    o.create_delay = o.update_delay = o.delete_delay = 1s;
    return o;
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    run(service->finish_due_changes());
  }
};

constexpr const char* kHalf = "170141183460469231731687303715884105728";

TEST_F(ChangesTest, AStreamIsCreatingForAsLongAsItIsTold) {
  start(slow());
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 2}});
  EXPECT_EQ(status(), "CREATING");
  EXPECT_EQ(call("DescribeStream", {{"StreamName", "s"}}).at("StreamDescription").at("Shards").size(), 0u);
  EXPECT_EQ(call("PutRecord", {{"StreamName", "s"}, {"PartitionKey", "k"}, {"Data", ""}}),
            "ResourceNotFoundException: Stream s under account 000000000000 not found.");
  pass(999ms);
  EXPECT_EQ(status(), "CREATING");
  pass(1ms);
  EXPECT_EQ(status(), "ACTIVE");
  put("a");
}

TEST_F(ChangesTest, AStreamTakesRecordsWhileItIsUpdating) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  start(slow());
  call("SplitShard", {{"StreamName", "s"}, {"ShardToSplit", "0"}, {"NewStartingHashKey", kHalf}});
  EXPECT_EQ(status(), "UPDATING");
  put("a");
  EXPECT_EQ(
      call("MergeShards", {{"StreamName", "s"}, {"ShardToMerge", "0"}, {"AdjacentShardToMerge", "0"}}),
      "ResourceInUseException: Stream s under account 000000000000 not ACTIVE, instead in state UPDATING");
  EXPECT_EQ(
      call("UpdateShardCount",
           {{"StreamName", "s"}, {"TargetShardCount", 2}, {"ScalingType", "UNIFORM_SCALING"}}),
      "ResourceInUseException: Stream s under account 000000000000 not ACTIVE, instead in state UPDATING");
  pass(1s);
  EXPECT_EQ(status(), "ACTIVE");
  EXPECT_EQ(open_shards(), 2);
  put("b");
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "a");
}

TEST_F(ChangesTest, AStreamIsDeletingForAsLongAsItIsTold) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  start(slow());
  call("DeleteStream", {{"StreamName", "s"}});
  EXPECT_EQ(status(), "DELETING");
  pass(1s);
  EXPECT_EQ(status(), "ResourceNotFoundException: Stream s under account 000000000000 not found.");
}

TEST_F(ChangesTest, AStreamThatIsDeletedBeforeItIsActiveShowsNoShards) {
  start(slow());
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 2}});
  call("DeleteStream", {{"StreamName", "s"}});
  const auto shards = [&] {
    return call("DescribeStream", {{"StreamName", "s"}}).at("StreamDescription").at("Shards").size();
  };
  EXPECT_EQ(status(), "DELETING");
  EXPECT_EQ(shards(), 0u);
  reopen();
  start(slow());
  EXPECT_EQ(status(), "DELETING");
  EXPECT_EQ(shards(), 0u);
  pass(1s);
  EXPECT_EQ(status(), "ResourceNotFoundException: Stream s under account 000000000000 not found.");
}

TEST_F(ChangesTest, AChangeThatACrashCutShortIsFinished) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  start(slow());
  call("SplitShard", {{"StreamName", "s"}, {"ShardToSplit", "0"}, {"NewStartingHashKey", kHalf}});
  // The parent was closed, and then the process died.
  const std::uint64_t number = service->streams.all().at(0)->number;
  ASSERT_TRUE(run(log().close({{number, 0}})).has_value());
  reopen();
  start();
  clock.advance(1s);
  run(service->finish_due_changes());
  EXPECT_EQ(status(), "ACTIVE");
  EXPECT_EQ(open_shards(), 2);
  put("b");
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "a");
}

TEST_F(ChangesTest, NoChangeIsEndedInTheNameOfAnother) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  // As the background does, while requests end their own.
  std::atomic<bool> stop = false;
  std::thread background([&] {
    while (!stop) run(service->finish_due_changes());
  });
  std::uint32_t last = 0;
  for (int i = 0; i < 60; ++i, last += 3) {
    call("SplitShard",
         {{"StreamName", "s"}, {"ShardToSplit", shard_id(last)}, {"NewStartingHashKey", kHalf}});
    ASSERT_EQ(open_shards(), 2) << i;
    call("MergeShards", {{"StreamName", "s"},
                         {"ShardToMerge", shard_id(last + 1)},
                         {"AdjacentShardToMerge", shard_id(last + 2)}});
    ASSERT_EQ(open_shards(), 1) << i;
  }
  stop = true;
  background.join();
}

TEST_F(ChangesTest, ConsumersComeAndGoInTheirTime) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  start(slow());
  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const Json who{{"StreamARN", arn}, {"ConsumerName", "c"}};
  const auto status_of_consumer = [&]() -> Json {
    const Json d = call("DescribeStreamConsumer", who);
    return d.is_object() ? d.at("ConsumerDescription").at("ConsumerStatus") : d;
  };
  const std::string consumer = call("RegisterStreamConsumer", who).at("Consumer").at("ConsumerARN");
  EXPECT_EQ(status_of_consumer(), "CREATING");
  for (int i = 0; i < 4; ++i)
    call("RegisterStreamConsumer", {{"StreamARN", arn}, {"ConsumerName", "c" + std::to_string(i)}});
  EXPECT_EQ(call("RegisterStreamConsumer", {{"StreamARN", arn}, {"ConsumerName", "sixth"}}),
            "LimitExceededException: No more than 5 consumers of a stream can be CREATING at a time.");
  EXPECT_EQ(call("SubscribeToShard",
                 {{"ConsumerARN", consumer}, {"ShardId", "0"}, {"StartingPosition", {{"Type", "LATEST"}}}}),
            "ResourceInUseException: Consumer c with creation timestamp " +
                consumer.substr(consumer.rfind(':') + 1) +
                " under stream: s , account 000000000000 is not in ACTIVE status.");
  pass(1s);
  EXPECT_EQ(status_of_consumer(), "ACTIVE");
  call("DeregisterStreamConsumer", who);
  EXPECT_EQ(status_of_consumer(), "DELETING");
  pass(1s);
  EXPECT_EQ(status_of_consumer(), "ResourceNotFoundException: Consumer c, account 000000000000 not found.");
}

TEST_F(ChangesTest, ClosedShardsAreListedUntilTheirRecordsAreGone) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  call("SplitShard", {{"StreamName", "s"}, {"ShardToSplit", "0"}, {"NewStartingHashKey", kHalf}});
  clock.advance(23h);
  run(service->enforce_retention());
  EXPECT_EQ(call("ListShards", {{"StreamName", "s"}}).at("Shards").size(), 3u);
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "a");
  clock.advance(2h);
  run(service->enforce_retention());
  const Json shards = call("ListShards", {{"StreamName", "s"}}).at("Shards");
  ASSERT_EQ(shards.size(), 2u);
  EXPECT_EQ(shards[0].at("ShardId"), "shardId-000000000001");
  EXPECT_EQ(shards[0].at("ParentShardId"), "shardId-000000000000");
}

TEST_F(ChangesTest, FiltersOfListShardsFollowTheClock) {
  clock.set(1'700'000'000'000);
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  clock.advance(1h);
  call("SplitShard", {{"StreamName", "s"}, {"ShardToSplit", "0"}, {"NewStartingHashKey", kHalf}});
  clock.advance(1h);
  const auto listed = [&](Json filter) {
    std::string out;
    const Json answer = call("ListShards", {{"StreamName", "s"}, {"ShardFilter", filter}});
    for (const Json& s : answer.at("Shards")) out += s.at("ShardId").get<std::string>().back();
    return out;
  };
  EXPECT_EQ(listed({{"Type", "AT_LATEST"}}), "12");
  EXPECT_EQ(listed({{"Type", "AT_TRIM_HORIZON"}}), "0");
  EXPECT_EQ(listed({{"Type", "FROM_TRIM_HORIZON"}}), "012");
  EXPECT_EQ(listed({{"Type", "AFTER_SHARD_ID"}, {"ShardId", "shardId-000000000000"}}), "12");
  const int split = 1'700'003'600;
  // At every moment the shards of that moment cover all keys.
  EXPECT_EQ(listed({{"Type", "AT_TIMESTAMP"}, {"Timestamp", split - 1}}), "0");
  EXPECT_EQ(listed({{"Type", "AT_TIMESTAMP"}, {"Timestamp", split}}), "0");
  EXPECT_EQ(listed({{"Type", "AT_TIMESTAMP"}, {"Timestamp", split + 1}}), "12");
  EXPECT_EQ(listed({{"Type", "FROM_TIMESTAMP"}, {"Timestamp", split - 1}}), "012");
  EXPECT_EQ(listed({{"Type", "FROM_TIMESTAMP"}, {"Timestamp", split + 1}}), "12");
  clock.advance(24h);
  EXPECT_EQ(listed({{"Type", "AT_TRIM_HORIZON"}}), "12");
}

TEST_F(ChangesTest, AnOnDemandStreamGrowsForTwiceItsPeak) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  call("UpdateStreamMode", {{"StreamARN", arn}, {"StreamModeDetails", {{"StreamMode", "ON_DEMAND"}}}});
  EXPECT_EQ(open_shards(), 1) << "a switched stream keeps its shards";
  run(service->scale_on_demand());                 // a window begins
  const std::string mebibyte((1 << 20) - 1, 'x');  // with its key
  for (int i = 0; i < 61; ++i) put(mebibyte);
  clock.advance(59s);
  run(service->scale_on_demand());
  EXPECT_EQ(open_shards(), 1);
  clock.advance(1s);
  run(service->scale_on_demand());
  EXPECT_EQ(open_shards(), 3);
  clock.advance(60s);
  run(service->scale_on_demand());
  EXPECT_EQ(open_shards(), 3) << "a quiet minute takes nothing away";
}

TEST_F(ChangesTest, WarmThroughputNeedsACommitmentAndGivesShards) {
  call("CreateStream", {{"StreamName", "s"}, {"StreamModeDetails", {{"StreamMode", "ON_DEMAND"}}}});
  const Json warm{{"StreamName", "s"}, {"WarmThroughputMiBps", 10}};
  EXPECT_EQ(
      call("UpdateStreamWarmThroughput", warm),
      "InvalidArgumentException: Warm throughput needs MinimumThroughputBillingCommitment to be enabled for "
      "the account; see UpdateAccountSettings.");
  const auto set = [&](const char* to) {
    return call("UpdateAccountSettings", {{"MinimumThroughputBillingCommitment", {{"Status", to}}}})
        .at("MinimumThroughputBillingCommitment")
        .at("Status");
  };
  const auto commitment = [&] {
    return call("DescribeAccountSettings", Json::object())
        .at("MinimumThroughputBillingCommitment")
        .at("Status");
  };
  EXPECT_EQ(commitment(), "DISABLED");
  EXPECT_EQ(set("ENABLED"), "ENABLED");
  call("UpdateStreamWarmThroughput", warm);
  EXPECT_EQ(open_shards(), 10);
  const Json summary = call("DescribeStreamSummary", {{"StreamName", "s"}}).at("StreamDescriptionSummary");
  EXPECT_EQ(summary.at("WarmThroughput"), (Json{{"TargetMiBps", 10}, {"CurrentMiBps", 10}}));
  EXPECT_EQ(set("DISABLED"), "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
  reopen();
  start();
  EXPECT_EQ(commitment(), "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
  call("UpdateStreamWarmThroughput", {{"StreamName", "s"}, {"WarmThroughputMiBps", 2}});
  EXPECT_EQ(open_shards(), 4);
  clock.advance(24h);
  EXPECT_EQ(commitment(), "DISABLED");
}

}  // namespace
}  // namespace millrace::kinesis
