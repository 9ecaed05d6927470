// Event source mappings with several lanes a shard, with tumbling windows, and with an on-failure
// destination.
#include "tests/unit/server/functions/mapping_fixture.h"

namespace millrace::functions {
namespace {

using std::chrono::seconds;

class MappingLanes : public RunnerMappings {
 protected:
  // What `decide` was given uses parts of the tests.
  ~MappingLanes() override { stop(); }

  // Records whose keys are their first letters. Of two lanes "a" has one, "e" the other.
  void put(const Strings& data, std::uint32_t shard_number = 0) {
    storage::RecordBatch batch;
    for (const std::string& d : data) batch.add(d.substr(0, 1), d);
    ASSERT_TRUE(run(log().append(appends_of({kStream, shard_number}, std::move(batch)))).front());
  }
  // The lane of "a" fails at its first of two records, that of "e" has settled its two.
  void start_with_a_stuck_lane() {
    mapping.parallelization = 2;
    mapping.batch_size = 1;
    runner.decide([](const Strings& data) -> Invoked {
      if (data.front() == "a1") return failure();
      return lambda::InvokeResult{};
    });
    put({"a1", "e1", "e2", "a2"});
    start();
    runner.wait_for(3);
    EXPECT_TRUE(eventually([&] { return !checkpoint(0).ahead.empty(); }, seconds(30)));
  }
  static lambda::InvokeResult answer(std::string payload) {
    lambda::InvokeResult out;
    out.payload = std::move(payload);
    return out;
  }
};

// ---- Lanes ----

TEST_F(MappingLanes, TheTestsKeysHaveLanesOfTheirOwn) {
  EXPECT_NE(lambda::key_hash("a") % 2, lambda::key_hash("e") % 2);
}

TEST_F(MappingLanes, RunAtATimeAndKeepTheOrderOfAKey) {
  mapping.parallelization = 2;
  mapping.batch_size = 1;
  runner.hold("a1");
  put({"a1", "e1", "a2", "e2", "e3"});
  start();
  runner.wait_for(4);  // a1 is held, and the other lane goes on
  wait_for_checkpoint(0, 0);
  runner.let_go();
  auto batches = runner.wait_for(5);
  EXPECT_EQ(std::erase(batches, Strings{"a1"}), 1u);  // it came before a2, somewhere among the other lane's
  EXPECT_EQ(batches, (std::vector<Strings>{{"e1"}, {"e2"}, {"e3"}, {"a2"}}));
  wait_for_checkpoint(0, 5);
}

TEST_F(MappingLanes, BatchEachForItself) {
  mapping.parallelization = 2;
  mapping.batch_size = 3;
  put({"a1", "e1", "a2", "e2", "a3", "e3", "a4"});
  start();
  auto batches = runner.wait_for(3);
  std::sort(batches.begin(), batches.end());
  EXPECT_EQ(batches, (std::vector<Strings>{{"a1", "a2", "a3"}, {"a4"}, {"e1", "e2", "e3"}}));
}

TEST_F(MappingLanes, WhatOneSettledDoesNotComeAgainAfterARestart) {
  start_with_a_stuck_lane();
  stop();
  EXPECT_EQ(checkpoint(0).next.value, 0u);
  const std::size_t before = runner.count();
  runner.decide([](const Strings&) { return lambda::InvokeResult{}; });
  go();
  wait_for_checkpoint(0, 4);
  const auto batches = runner.wait_for(before + 2);
  EXPECT_EQ(batches[before], Strings{"a1"});
  EXPECT_EQ(batches[before + 1], Strings{"a2"});
  EXPECT_EQ(batches.size(), before + 2) << "e1 and e2 are settled";
}

TEST_F(MappingLanes, ChangeTheirNumberWithoutRepeatingOrReordering) {
  start_with_a_stuck_lane();
  change([](lambda::Mapping& m) { m.parallelization = 1; });
  runner.decide([](const Strings&) { return lambda::InvokeResult{}; });
  put({"e3"});
  wait_for_checkpoint(0, 5);
  EXPECT_TRUE(checkpoint(0).ahead.empty());
  std::map<std::string, int> seen;
  Strings order;
  for (const Strings& batch : runner.wait_for(6))
    if (seen[batch.front()]++ == 0) order.push_back(batch.front());
  EXPECT_EQ(seen["e1"], 1);
  EXPECT_EQ(seen["e2"], 1);
  EXPECT_LT(std::find(order.begin(), order.end(), "a1"), std::find(order.begin(), order.end(), "a2"));
  EXPECT_LT(std::find(order.begin(), order.end(), "e2"), std::find(order.begin(), order.end(), "e3"));
}

TEST_F(MappingLanes, OneThatStopsAmidABatchKeepsItFromTheCheckpointOfAnother) {
  mapping.parallelization = 2;
  mapping.batch_size = 1;
  runner.hold("e1");
  runner.decide([](const Strings& data) -> Invoked {
    if (data.front() == "a1") return failure();
    return lambda::InvokeResult{};
  });
  put({"a1", "e1", "a2"});
  start();
  runner.wait_for(3);  // e1 is held; a1 has failed and is tried again
  readers->stop();
  EXPECT_FALSE(eventually([&] { return checkpoint(0).next.value > 0; }, std::chrono::milliseconds(300)));
  runner.let_go();
  stop();
  EXPECT_EQ(checkpoint(0).next.value, 0u) << "a1 is not settled";
  const std::size_t before = runner.count();
  runner.decide([](const Strings&) { return lambda::InvokeResult{}; });
  go();
  wait_for_checkpoint(0, 3);
  const auto batches = runner.wait_for(before + 2);
  EXPECT_EQ(batches[before], Strings{"a1"});
  EXPECT_EQ(batches[before + 1], Strings{"a2"});
}

TEST_F(MappingLanes, AreAllDoneBeforeAChildBegins) {
  mapping.parallelization = 2;
  runner.hold("a1");
  put({"a1", "e1"});
  put({"c1"}, 1);
  EXPECT_EQ(run(log().close({{kStream, 0}})).value().front().value, 2u);
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true), shard(1, {0})}});
  start();
  runner.wait_for(2);
  wait_for_checkpoint(0, 0);
  EXPECT_EQ(runner.count(), 2u);
  runner.let_go();
  EXPECT_EQ(runner.wait_for(3).back(), Strings{"c1"});
  EXPECT_TRUE(checkpoint(0).finished);
}

// ---- Tumbling windows ----

class MappingWindows : public MappingLanes {
 protected:
  ~MappingWindows() override { stop(); }
  std::atomic<int> calls = 0;

  MappingWindows() {
    clock.set(1'700'000'040'000);  // where a minute begins
    mapping.tumbling_window_s = 60;
    // Appends what it is given to its state.
    runner.decide([this](const Strings& data) -> Invoked {
      const auto event = runner.events().back();
      std::string sum = event["state"].value("sum", std::string());
      for (const std::string& d : data) sum += d;
      return answer(nlohmann::json{{"state", {{"sum", sum}}}}.dump());
    });
  }
};

TEST_F(MappingWindows, CarryTheirStateAndEndWithTheirTime) {
  start();
  put({"a"});
  runner.wait_for(1);
  put({"b"});
  runner.wait_for(2);
  clock.advance(seconds(62));
  runner.wait_for(3);
  const auto events = runner.events();
  EXPECT_EQ(events[0]["window"]["start"], "2023-11-14T22:14:00Z");
  EXPECT_EQ(events[0]["window"]["end"], "2023-11-14T22:15:00Z");
  EXPECT_EQ(events[0]["state"], nlohmann::json::object());
  EXPECT_EQ(events[0]["isFinalInvokeForWindow"], false);
  EXPECT_EQ(events[1]["state"]["sum"], "a");
  EXPECT_EQ(events[2]["state"]["sum"], "ab");
  EXPECT_EQ(events[2]["Records"].size(), 0u);
  EXPECT_EQ(events[2]["isFinalInvokeForWindow"], true);
  EXPECT_TRUE(eventually([&] { return !checkpoint(0).window; }, seconds(30)));
}

TEST_F(MappingWindows, DivideWhatIsReadAtATime) {
  put({"a", "b"});
  clock.advance(seconds(60));
  put({"c"});
  start();
  runner.wait_for(3);
  const auto events = runner.events();
  EXPECT_EQ(events[0]["Records"].size(), 2u);
  EXPECT_EQ(events[1]["isFinalInvokeForWindow"], true);
  EXPECT_EQ(events[1]["state"]["sum"], "ab");
  EXPECT_EQ(events[2]["window"]["start"], "2023-11-14T22:15:00Z");
  EXPECT_EQ(events[2]["state"], nlohmann::json::object());
}

TEST_F(MappingWindows, GoOnOverARestart) {
  start();
  put({"a"});
  wait_for_checkpoint(0, 1);
  EXPECT_EQ(checkpoint(0).window.value().state, R"({"sum":"a"})");
  stop();
  go();
  put({"b"});
  runner.wait_for(2);
  EXPECT_EQ(runner.events()[1]["state"]["sum"], "a");
}

TEST_F(MappingWindows, AnAnswerWithoutAStateIsAFailure) {
  runner.decide(
      [this](const Strings&) -> Invoked { return answer(calls++ == 0 ? "{}" : R"({"state":{}})"); });
  put({"a"});
  start();
  EXPECT_EQ(runner.wait_for(2), (std::vector<Strings>{{"a"}, {"a"}}));
  wait_for_checkpoint(0, 1);
}

TEST_F(MappingWindows, EndEarlyWhenTheirStateIsTooLarge) {
  mapping.batch_size = 1;
  runner.decide([this](const Strings&) -> Invoked {
    const std::string large(lambda::kMaxWindowStateBytes, 'x');
    return answer(R"({"state":{"x":")" + (calls++ == 0 ? large : "") + R"("}})");
  });
  put({"a", "b"});
  start();
  runner.wait_for(3);
  const auto events = runner.events();
  EXPECT_EQ(events[1]["isFinalInvokeForWindow"], true);
  EXPECT_EQ(events[1]["isWindowTerminatedEarly"], true);
  EXPECT_EQ(events[2]["Records"].size(), 1u);
  EXPECT_EQ(events[2]["state"], nlohmann::json::object());
  EXPECT_EQ(events[2]["window"], events[0]["window"]);
}

TEST_F(MappingWindows, EndWithTheirShard) {
  put({"a"});
  EXPECT_EQ(run(log().close({{kStream, 0}})).value().front().value, 1u);
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true)}});
  start();
  runner.wait_for(2);
  EXPECT_EQ(runner.events()[1]["isFinalInvokeForWindow"], true);
  EXPECT_TRUE(eventually([&] { return checkpoint(0).finished; }, seconds(30)));
}

TEST_F(MappingWindows, KeepTheLastGoodStateWhenRecordsAreGivenUp) {
  mapping.maximum_retry_attempts = 0;
  mapping.batch_size = 1;
  runner.decide([this](const Strings& data) -> Invoked {
    if (!data.empty() && data.front() == "bad") return failure();
    const auto event = runner.events().back();
    return answer(nlohmann::json{{"state", {{"seen", event["state"].value("seen", 0) + 1}}}}.dump());
  });
  put({"a", "bad", "c"});
  start();
  runner.wait_for(3);
  EXPECT_EQ(runner.events()[2]["state"]["seen"], 1);
}

// ---- On-failure destinations ----

class MappingDestination : public MappingLanes {
 protected:
  MappingDestination() {
    mapping.on_failure = "https://example.org/failures";
    mapping.maximum_retry_attempts = 0;
    runner.decide([](const Strings& data) -> Invoked {
      lambda::InvokeResult out = data.front() == "bad" ? failure() : lambda::InvokeResult{};
      out.request_id = "request of " + data.front();
      return out;
    });
  }
  nlohmann::json notice(std::size_t i) { return nlohmann::json::parse(destinations.delivered().at(i).body); }
};

TEST_F(MappingDestination, IsToldOfABatchBeforeItsCheckpoint) {
  destinations.failures = 1;
  put({"bad", "x"});
  start();
  EXPECT_TRUE(eventually([&] { return destinations.failures <= 0; }, seconds(30)));
  EXPECT_EQ(checkpoint(0).next.value, 0u) << "not told yet";
  wait_for_checkpoint(0, 2);
  ASSERT_EQ(destinations.delivered().size(), 1u);
  const lambda::Delivery told = destinations.delivered()[0];
  EXPECT_EQ(told.destination.name, mapping.on_failure);
  EXPECT_EQ(told.from.account, mapping.account);
  EXPECT_EQ(told.from.arn, "arn:aws:sts::" + mapping.account + ":assumed-role/role/" + mapping.function);
  EXPECT_TRUE(told.key.starts_with("aws/lambda/" + mapping.uuid + "/shardId-0/2023/11/14/")) << told.key;
  const auto n = notice(0);
  EXPECT_EQ(n["requestContext"]["requestId"], "request of bad");
  EXPECT_EQ(n["requestContext"]["functionArn"], "arn:f");
  EXPECT_EQ(n["requestContext"]["approximateInvokeCount"], 1);
  EXPECT_EQ(n["KinesisBatchInfo"]["startSequenceNumber"], "1000");
  EXPECT_EQ(n["KinesisBatchInfo"]["endSequenceNumber"], "1001");
  EXPECT_EQ(n["KinesisBatchInfo"]["streamArn"], "arn:s");
  EXPECT_FALSE(n.contains("payload"));
}

TEST_F(MappingDestination, CountsTheInvocationsOfWhatIsLeft) {
  mapping.maximum_retry_attempts = 1;
  mapping.bisect = true;
  put({"bad", "x"});
  start();
  wait_for_checkpoint(0, 2);
  EXPECT_EQ(runner.count(), 4u);
  EXPECT_EQ(notice(0)["requestContext"]["approximateInvokeCount"], 2);
  EXPECT_EQ(notice(0)["KinesisBatchInfo"]["batchSize"], 1);
}

TEST_F(MappingDestination, IsToldOfRecordsThatWereNeverTried) {
  mapping.maximum_record_age_s = 60;
  put({"old"});
  clock.advance(seconds(61));
  put({"fresh"});
  start();
  wait_for_checkpoint(0, 2);
  const auto n = notice(0);
  EXPECT_EQ(n["requestContext"]["condition"], "RecordAgeExceeded");
  EXPECT_EQ(n["requestContext"]["approximateInvokeCount"], 1);
  EXPECT_EQ(n["KinesisBatchInfo"]["batchSize"], 1);
  EXPECT_FALSE(n.contains("responseContext"));
  EXPECT_EQ(runner.wait_for(1), std::vector<Strings>{{"fresh"}});
}

TEST_F(MappingDestination, MayBeTakenAwayWhileItFails) {
  destinations.failures = 1'000'000;
  put({"bad"});
  start();
  EXPECT_TRUE(eventually([&] { return destinations.failures < 1'000'000; }, seconds(30)));
  change([](lambda::Mapping& m) { m.on_failure.clear(); });
  wait_for_checkpoint(0, 1);
  EXPECT_TRUE(destinations.delivered().empty());
}

TEST_F(MappingDestination, IsToldOfAWindowWhoseEndFails) {
  clock.set(1'700'000'040'000);
  mapping.tumbling_window_s = 60;
  runner.decide([](const Strings& data) -> Invoked {
    if (data.empty()) return failure();
    return answer(R"({"state":{"sum":7}})");
  });
  put({"a"});
  start();
  wait_for_checkpoint(0, 1);
  clock.advance(seconds(62));
  EXPECT_TRUE(eventually([&] { return !destinations.delivered().empty(); }, seconds(30)));
  EXPECT_EQ(notice(0)["payload"]["state"]["sum"], 7);
  EXPECT_TRUE(eventually([&] { return !checkpoint(0).window; }, seconds(30)));
}

}  // namespace
}  // namespace millrace::functions
