#include "tests/unit/server/functions/mapping_fixture.h"

namespace millrace::functions {
namespace {

TEST_F(RunnerMappings, ACommitWakesTheReader) {
  start();
  append({kStream, 0}, {"a"});
  EXPECT_EQ(runner.wait_for(1), std::vector<Strings>{{"a"}});
  append({kStream, 0}, {"b", "c"});
  EXPECT_EQ(runner.wait_for(2), (std::vector<Strings>{{"a"}, {"b", "c"}}));
  wait_for_checkpoint(0, 3);
}

TEST_F(RunnerMappings, SealedRecordsComeOpenedOrNotAtAll) {
  storage::RecordBatch batch;
  batch.add("key", "plain");
  for (const std::string_view data : {"a", "b"})
    data.copy(batch.add_space("key", data.size(), storage::Sealed::yes).data(), data.size());
  ASSERT_TRUE(run(log().append(appends_of({kStream, 0}, std::move(batch)))));
  start();
  // The first read, of which "b" did not open, left nothing behind and is done again.
  EXPECT_EQ(runner.wait_for(1), (std::vector<Strings>{{"plain", "opened a", "opened b"}}));
  EXPECT_EQ(streams.opens, 4);
  wait_for_checkpoint(0, 3);
}

TEST_F(RunnerMappings, ParentsAreReadToTheirEndBeforeTheirChildren) {
  append({kStream, 0}, {"p0"});
  append({kStream, 1}, {"p1"});
  append({kStream, 2}, {"child"});
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true), shard(1), shard(2, {0, 1})}});
  start();
  const auto parents = runner.wait_for(2);
  ASSERT_EQ(parents.size(), 2u);
  wait_for_checkpoint(1, 1);
  append({kStream, 1}, {"p1 again"});
  runner.wait_for(3);
  EXPECT_EQ(runner.count(), 3u) << "the child waits while one of its parents is open";
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true), shard(1, {}, true), shard(2, {0, 1})}});
  EXPECT_EQ(run(log().close({kStream, 1})).value().value, 2u);
  EXPECT_EQ(runner.wait_for(4).back(), Strings{"child"});
  EXPECT_TRUE(checkpoint(0).finished);
  EXPECT_TRUE(checkpoint(1).finished);
}

TEST_F(RunnerMappings, AFinishedShardStaysFinishedOverARestart) {
  append({kStream, 0}, {"p"});
  append({kStream, 1}, {"c"});
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true), shard(1, {0})}});
  start();
  runner.wait_for(2);
  wait_for_checkpoint(1, 1);
  stop();
  go();
  append({kStream, 1}, {"d"});
  EXPECT_EQ(runner.wait_for(3), (std::vector<Strings>{{"p"}, {"c"}, {"d"}}));
}

TEST_F(RunnerMappings, WhatTheFunctionDidNotSeeCountsAsNoAttempt) {
  mapping.maximum_retry_attempts = 0;
  std::atomic<int> calls = 0;
  runner.decide([&](const Strings&) -> Invoked {
    if (calls++ < 1) return lambda::NotRun{lambda::NotRun::Why::throttled, "busy"};
    return lambda::InvokeResult{};
  });
  start();
  append({kStream, 0}, {"a"});
  EXPECT_EQ(runner.wait_for(2), (std::vector<Strings>{{"a"}, {"a"}}));
  wait_for_checkpoint(0, 1);
}

TEST_F(RunnerMappings, RecordsThatAreTooOldAreDroppedAndTheRestIsDelivered) {
  mapping.maximum_record_age_s = 60;
  append({kStream, 0}, {"old", "older"});
  clock.advance(std::chrono::seconds(61));
  append({kStream, 0}, {"fresh"});
  start();
  EXPECT_EQ(runner.wait_for(1), std::vector<Strings>{{"fresh"}});
  wait_for_checkpoint(0, 3);
  EXPECT_EQ(probes
                .counter("millrace_lambda_event_source_dropped_records_total", "",
                         {{"account", "000000000000"}, {"function", "f"}, {"region", "us-east-1"}})
                .value(),
            2u);
}

TEST_F(RunnerMappings, RecordsThatRetentionTookAreNotTriedForEver) {
  runner.decide([](const Strings& data) -> Invoked {
    if (data.front() == "bad") return failure();
    return lambda::InvokeResult{};
  });
  start();
  append({kStream, 0}, {"bad"});
  runner.wait_for(1);
  ASSERT_TRUE(run(log().trim({kStream, 0}, {1})));
  append({kStream, 0}, {"good"});
  wait_for_checkpoint(0, 2);
}

TEST_F(RunnerMappings, ARestDoesNotWaitForThePauseBetweenTries) {
  runner.decide([](const Strings&) -> Invoked { return failure(); });
  start();
  append({kStream, 0}, {"a"});
  runner.wait_for(3);  // the pause is now some seconds
  const auto begin = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_EQ(checkpoint(0).next.value, 0u) << "nothing is settled";
}

TEST_F(RunnerMappings, TheIteratorAgeIsThatOfTheOldestRecordThatWaits) {
  runner.decide([](const Strings&) -> Invoked { return failure(); });
  start();
  append({kStream, 0}, {"a"});
  runner.wait_for(1);
  clock.advance(std::chrono::seconds(42));
  readers->refresh_gauge();
  EXPECT_EQ(iterator_age(), 42);
  runner.decide([](const Strings&) -> Invoked { return lambda::InvokeResult{}; });
  wait_for_checkpoint(0, 1);
  stop();
  readers->refresh_gauge();
  EXPECT_EQ(iterator_age(), 0);
  readers.reset();
  EXPECT_EQ(iterator_age(), std::nullopt) << "a mapping's series goes with it";
}

TEST_F(RunnerMappings, TheLagIsWhatAShardHoldsFromTheFirstUnsettledRecordOn) {
  mapping.batch_size = 2;
  runner.decide([](const Strings& data) -> Invoked {
    if (data.front() == "c") return failure();
    return lambda::InvokeResult{};
  });
  append({kStream, 0}, {"a", "b", "c", "d", "e"});
  start();
  wait_for_checkpoint(0, 2);
  readers->refresh_gauge();
  EXPECT_EQ(gauge("millrace_lambda_shard_lag_records"), 3);
  runner.decide([](const Strings&) -> Invoked { return lambda::InvokeResult{}; });
  wait_for_checkpoint(0, 5);
  readers->refresh_gauge();
  EXPECT_EQ(gauge("millrace_lambda_shard_lag_records"), 0);
}

TEST_F(RunnerMappings, ADeletedMappingIsRemovedWithItsCheckpoints) {
  start();
  append({kStream, 0}, {"a"});
  wait_for_checkpoint(0, 1);
  change([](lambda::Mapping& m) { m.deleting = true; });
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(mappings->find(mapping.uuid), nullptr);
  EXPECT_FALSE(mappings->checkpoint(mapping.uuid, 0));
  thread.join();
}

TEST_F(RunnerMappings, MappingsAndCheckpointsSurviveAReopening) {
  mapping.batch_size = 17;
  mapping.report_batch_item_failures = true;
  mapping.starting_position = "AT_TIMESTAMP";
  mapping.starting_timestamp = storage::at_ms(1'600'000'000'123);
  start();
  append({kStream, 0}, {"a"});
  wait_for_checkpoint(0, 1);
  stop();
  shared.reset();
  mappings.reset();
  functions.reset();
  reopen();
  functions.emplace(store->catalog());
  mappings.emplace(store->catalog());
  const auto kept = mappings->find(mapping.uuid);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->batch_size, 17);
  EXPECT_TRUE(kept->report_batch_item_failures);
  EXPECT_EQ(kept->starting_timestamp, mapping.starting_timestamp);
  EXPECT_EQ(checkpoint(0).next.value, 1u);
  EXPECT_EQ(checkpoint(0).stream, kStream);
}

}  // namespace
}  // namespace millrace::functions
