#include "server/client/lease_report.h"

#include <gtest/gtest.h>

#include "server/client/lease_lag.h"

namespace millrace {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

LeaseLook look() { return {"orders", "orders", std::chrono::system_clock::time_point(1'700'000'000s), {}}; }

TEST(LeaseReport, HasALineForEachLease) {
  LeaseLook of = look();
  of.rows.push_back({Lease{.shard = "shardId-000000000000", .owner = "worker-1", .checkpoint = "123"},
                     {.state = Lag::State::behind, .time = 185s},
                     Silence{2s, false}});
  of.rows.push_back({Lease{.shard = "shardId-000000000001", .checkpoint = "SHARD_END"},
                     {.state = Lag::State::finished},
                     std::nullopt});
  EXPECT_EQ(text_of(of, false),
            "Application orders, stream orders: 2 leases, 2023-11-14 22:13:20 UTC\n"
            "SHARD                 OWNER     BEHIND     CHECKPOINT\n"
            "shardId-000000000000  worker-1  3 min 5 s  123\n"
            "shardId-000000000001  -         finished   SHARD_END\n");
  EXPECT_EQ(text_of(of, true),
            "Application orders, stream orders: 2 leases, 2023-11-14 22:13:20 UTC\n"
            "SHARD                 OWNER     BEHIND     SILENT  CHECKPOINT\n"
            "shardId-000000000000  worker-1  3 min 5 s  2 s     123\n"
            "shardId-000000000001  -         finished   -       SHARD_END\n");
}

TEST(LeaseReport, NamesTheStreamsIfThereAreSeveral) {
  LeaseLook of = look();
  of.stream = "";
  of.rows.push_back({Lease{.stream = "clicks", .shard = "s", .owner = "w", .checkpoint = "LATEST"},
                     {.state = Lag::State::not_begun},
                     Silence{5s, true}});
  EXPECT_EQ(text_of(of, true),
            "Application orders: 1 lease, 2023-11-14 22:13:20 UTC\n"
            "STREAM  SHARD  OWNER  BEHIND     SILENT  CHECKPOINT\n"
            "clicks  s      w      not begun  > 5 s   LATEST\n");
}

TEST(LeaseReport, GivesEachReasonOnce) {
  LeaseLook of = look();
  for (int i = 0; i < 20; ++i)
    of.rows.push_back({Lease{.shard = "s" + std::to_string(i), .checkpoint = "1"},
                       {.reason = "reason " + std::to_string(i / 2)},
                       std::nullopt});
  const std::string text = text_of(of, false);
  EXPECT_NE(text.find("BEHIND is unknown for s0: reason 0\nBEHIND is unknown for s2: reason 1\n"), text.npos);
  EXPECT_TRUE(text.ends_with("for s8: reason 4\nFurther reasons are in the output of --json.\n")) << text;
}

TEST(LeaseReport, DoesNotSteerTheTerminal) {
  LeaseLook of = look();
  of.rows.push_back(
      {Lease{.shard = "s", .owner = "a\x1b[2Jb\xc2\x9b", .checkpoint = "1\n2"}, {}, std::nullopt});
  const std::string text = text_of(of, false);
  EXPECT_NE(text.find("a?[2Jb??  unknown  1?2\n"), text.npos) << text;
}

TEST(LeaseReport, OfNoLeasesIsOneLine) {
  EXPECT_EQ(text_of(look(), true), "Application orders, stream orders: 0 leases, 2023-11-14 22:13:20 UTC\n");
}

TEST(LeaseReport, AsJsonHasNullForWhatIsUnknown) {
  LeaseLook of = look();
  of.rows.push_back({Lease{.key = "k", .shard = "s", .checkpoint = "1", .counter = 7, .parents = {"p"}},
                     {.state = Lag::State::behind, .time = 3s, .at_least = true},
                     Silence{5s, true}});
  of.rows.push_back(
      {Lease{.key = "l", .stream = "t", .shard = "u", .owner = "w"}, {.reason = "none"}, std::nullopt});
  EXPECT_EQ(Json(json_of(of)), Json::parse(R"({
    "application": "orders", "stream": "orders", "at_ms": 1700000000000, "leases": [
      {"stream": "orders", "shard": "s", "owner": null, "checkpoint": "1", "sub_sequence_number": 0, "counter": 7,
       "owner_switches": 0, "parents": ["p"],
       "behind": {"state": "behind", "ms": 3000, "at_least": true, "reason": null},
       "silent": {"ms": 5000, "at_least": true}},
      {"stream": "t", "shard": "u", "owner": "w", "checkpoint": null, "sub_sequence_number": 0, "counter": 0,
       "owner_switches": 0, "parents": [],
       "behind": {"state": "unknown", "ms": null, "at_least": false, "reason": "none"}, "silent": null}]})"));
}

TEST(LeaseReport, WritesTimesInTheTwoLargestUnits) {
  EXPECT_EQ(text_of(0ms), "0 ms");
  EXPECT_EQ(text_of(999ms), "999 ms");
  EXPECT_EQ(text_of(59'999ms), "59 s");
  EXPECT_EQ(text_of(60s), "1 min");
  EXPECT_EQ(text_of(3599s), "59 min 59 s");
  EXPECT_EQ(text_of(3660s), "1 h 1 min");
  EXPECT_EQ(text_of(86'400s), "1 d");
  EXPECT_EQ(text_of(90'061s), "1 d 1 h");
}

Lag lag_in(std::int64_t millis_behind, std::vector<std::string> records) {
  Json answer = {{"Records", Json::array()}, {"MillisBehindLatest", millis_behind}};
  for (const std::string& number : records) answer["Records"].push_back({{"SequenceNumber", number}});
  return lag_of(answer, "5");
}

TEST(LeaseLag, IsTheAgeOfTheRecordAfterTheCheckpoint) {
  EXPECT_EQ(lag_in(0, {"5"}).state, Lag::State::at_end);
  EXPECT_EQ(lag_in(0, {}).state, Lag::State::at_end);
  const Lag behind = lag_in(700, {"5"});
  EXPECT_EQ(behind.state, Lag::State::behind);
  EXPECT_EQ(behind.time, 700ms);
  EXPECT_FALSE(behind.at_least);
}

TEST(LeaseLag, IsLongerIfTheRecordOfTheCheckpointIsGone) {
  const Lag trimmed = lag_in(700, {"8"});
  EXPECT_EQ(trimmed.state, Lag::State::behind);
  EXPECT_TRUE(trimmed.at_least);
  LeaseLook of = look();
  of.rows.push_back({Lease{.shard = "s", .checkpoint = "5"}, lag_in(0, {"8"}), std::nullopt});
  EXPECT_NE(text_of(of, false).find("  1 record  "), std::string::npos);
}

}  // namespace
}  // namespace millrace
