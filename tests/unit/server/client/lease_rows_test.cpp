#include "server/client/lease_rows.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kSequenceNumber = "49664000000000000000000000000000000000000000000000000002";

// As version 1.15.3 writes it; the later versions add attributes.
Json row() {
  return {{"leaseKey", {{"S", "shardId-000000000002"}}},
          {"leaseOwner", {{"S", "worker-1"}}},
          {"leaseCounter", {{"N", "37"}}},
          {"ownerSwitchesSinceCheckpoint", {{"N", "2"}}},
          {"checkpoint", {{"S", kSequenceNumber}}},
          {"checkpointSubSequenceNumber", {{"N", "5"}}},
          {"parentShardId", {{"SS", {"shardId-000000000000", "shardId-000000000001"}}}}};
}

TEST(LeaseRows, HaveTheSameAttributesInVersion1And2) {
  const auto lease = lease_of(row());
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->key, "shardId-000000000002");
  EXPECT_EQ(lease->shard, "shardId-000000000002");
  EXPECT_EQ(lease->stream, "");
  EXPECT_EQ(lease->owner, "worker-1");
  EXPECT_EQ(lease->checkpoint, kSequenceNumber);
  EXPECT_EQ(lease->counter, 37u);
  EXPECT_EQ(lease->owner_switches, 2u);
  EXPECT_EQ(lease->sub_sequence_number, 5u);
  EXPECT_EQ(lease->parents, (std::vector<std::string>{"shardId-000000000000", "shardId-000000000001"}));
}

TEST(LeaseRows, OfVersion3HaveAKindAndFurtherAttributes) {
  Json item = row();
  item.update({{"entityType", {{"S", "LEASE"}}},
               {"throughputKBps", {{"N", "12.75"}}},
               {"startingHashKey", {{"S", "0"}}},
               {"pendingCheckpointState", {{"B", "AAAA"}}},
               {"checkpointOwner", {{"S", "worker-2"}}}});
  const auto lease = lease_of(item);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->owner, "worker-1");
}

TEST(LeaseRows, OfOtherKindsAreNone) {
  for (const char* kind :
       {"STREAM", "LEADER", "CLIENT_VERSION_MIGRATION", "TABLE_MIGRATION", "WORKER_METRIC_STATS", "OTHER"}) {
    Json item = row();
    item["entityType"] = {{"S", kind}};
    EXPECT_FALSE(lease_of(item)) << kind;
  }
}

TEST(LeaseRows, OfSeveralStreamsNameTheirs) {
  Json item = row();
  item["leaseKey"] = {{"S", "000000000000:orders:1680616058:shardId-000000000002"}};
  item["streamName"] = {{"S", "000000000000:orders:1680616058"}};
  item["shardId"] = {{"S", "shardId-000000000002"}};
  const auto lease = lease_of(item);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->stream, "orders");
  EXPECT_EQ(lease->shard, "shardId-000000000002");
  item["streamName"] = {{"S", "orders"}};
  EXPECT_EQ(lease_of(item)->stream, "orders");
}

TEST(LeaseRows, MayLackTheOwner) {
  Json item = row();
  item.erase("leaseOwner");
  EXPECT_EQ(lease_of(item)->owner, "");
}

TEST(LeaseRows, OfAStrangerAreNoneOrLackWhatHasAnotherType) {
  for (const char* text :
       {"null", "[]", "1", "{}", R"({"leaseKey": 1})",
        R"({"leaseKey": {"S": 1}, "leaseCounter": {"N": "1"}})", R"({"leaseKey": {"S": "a"}})",
        R"({"leaseKey": {"S": "a"}, "leaseCounter": {"S": "1"}})"})
    EXPECT_FALSE(lease_of(Json::parse(text))) << text;
  const auto lease = lease_of(Json::parse(
      R"({"leaseKey": {"S": "a"}, "leaseCounter": {"N": 1}, "leaseOwner": {"N": "1"}, "checkpoint": [],
          "parentShardId": {"SS": [1, "b"]}, "ownerSwitchesSinceCheckpoint": {"N": "1e99"},
          "checkpointSubSequenceNumber": {"N": "99999999999999999999999"}})"));
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->counter, 0u);
  EXPECT_EQ(lease->owner, "");
  EXPECT_EQ(lease->checkpoint, "");
  EXPECT_EQ(lease->parents, std::vector<std::string>{"b"});
  EXPECT_EQ(lease->sub_sequence_number, 0u);
}

class CounterWatchTest : public testing::Test {
 protected:
  std::optional<Silence> look(std::uint64_t counter, std::chrono::seconds at) {
    lease_.counter = counter;
    watch_.look({lease_}, CounterWatch::Clock::time_point(at));
    return watch_.silence_of(lease_);
  }
  Lease lease_{.key = "a", .owner = "worker-1"};
  CounterWatch watch_;
};

TEST_F(CounterWatchTest, OneLookShowsNothing) { EXPECT_FALSE(look(1, 10s)); }

TEST_F(CounterWatchTest, ACounterThatNeverChangedIsSilentForLongerThanTheLooks) {
  look(1, 10s);
  const auto silence = look(1, 14s);
  ASSERT_TRUE(silence);
  EXPECT_EQ(silence->time, 4s);
  EXPECT_TRUE(silence->at_least);
}

TEST_F(CounterWatchTest, AChangedCounterIsSilentFromTheLookThatShowedIt) {
  look(1, 10s);
  EXPECT_EQ(look(2, 14s)->time, 0s);
  const auto silence = look(2, 21s);
  EXPECT_EQ(silence->time, 7s);
  EXPECT_FALSE(silence->at_least);
}

TEST_F(CounterWatchTest, ALeaseThatWasGoneIsNew) {
  look(1, 10s);
  watch_.look({}, CounterWatch::Clock::time_point(12s));
  EXPECT_FALSE(watch_.silence_of(lease_));
  EXPECT_FALSE(look(1, 14s));
}

TEST_F(CounterWatchTest, NobodyRenewsALeaseWithoutAnOwner) {
  lease_.owner = "";
  look(1, 10s);
  EXPECT_FALSE(look(1, 14s));
}

}  // namespace
}  // namespace millrace
