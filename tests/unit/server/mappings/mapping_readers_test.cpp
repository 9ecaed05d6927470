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

TEST_F(RunnerMappings, AShardIsReadWhileItIsThisNodesDuty) {
  streams.set(lambda::SourceStream{kStream, {shard(0), shard(1)}});
  const std::string elsewhere = "mapping/" + mapping.uuid + "/0";
  duties.lose(elsewhere);
  append({kStream, 0}, {"a"});
  append({kStream, 1}, {"b"});
  start();
  EXPECT_EQ(runner.wait_for(1), std::vector<Strings>{{"b"}});
  wait_for_checkpoint(1, 1);
  EXPECT_EQ(runner.count(), 1u);
  duties.get(elsewhere);
  readers->changed();
  EXPECT_EQ(runner.wait_for(2), (std::vector<Strings>{{"b"}, {"a"}}));
  wait_for_checkpoint(0, 1);
}

// The other node finishes it and says so in the catalog.
TEST_F(RunnerMappings, AChildIsReadWhenItsParentWasFinishedElsewhere) {
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true), shard(1, {0})}});
  duties.lose("mapping/" + mapping.uuid + "/0");
  append({kStream, 1}, {"b"});
  start();
  lambda::Checkpoint finished;
  finished.stream = kStream;
  finished.finished = true;
  EXPECT_EQ(runner.count(), 0u);
  ASSERT_TRUE(run(mappings->keep(mapping.uuid, 0, finished)));
  EXPECT_EQ(runner.wait_for(1), std::vector<Strings>{{"b"}});
}

TEST_F(RunnerMappings, SealedRecordsComeOpenedOrNotAtAll) {
  storage::RecordBatch batch;
  batch.add("key", "plain");
  for (const std::string_view data : {"a", "b"})
    data.copy(batch.add_space("key", data.size(), storage::Sealed::yes).data(), data.size());
  ASSERT_TRUE(run(log().append(appends_of({kStream, 0}, std::move(batch)))).front());
  start();
  // The first read, of which "b" did not open, left nothing behind and is done again.
  EXPECT_EQ(runner.wait_for(1), (std::vector<Strings>{{"plain", "opened a", "opened b"}}));
  EXPECT_EQ(streams.opens, 4);
  wait_for_checkpoint(0, 3);
}

TEST_F(RunnerMappings, ASealedRecordThatIsDamagedIsPassedOverAndNoted) {
  storage::RecordBatch batch;
  batch.add("key", "plain");
  for (const std::string_view data : {"a", "b", "c"})
    data.copy(batch.add_space("key", data.size(), storage::Sealed::yes).data(), data.size());
  ASSERT_TRUE(run(log().append(appends_of({kStream, 0}, std::move(batch)))).front());
  streams.failure = storage::Errc::corrupt;
  start();
  EXPECT_EQ(runner.wait_for(1), (std::vector<Strings>{{"plain", "opened a", "opened c"}}));
  wait_for_checkpoint(0, 4);
  const auto lost = losses.all();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].first.value, 2u);
  EXPECT_EQ(lost[0].records(), 1u);
}

TEST_F(RunnerMappings, ARecordAtWhichTheServerCrashedThreeTimesIsPassedOver) {
  append({kStream, 0}, {"a", "b", "c"});
  crashed.emplace(store->catalog());
  for (unsigned i = 0; i < 2; ++i) run(crashed->count(mapping.uuid, 0, {1}));
  run(crashed->count(mapping.uuid, 0, {2}));
  EXPECT_TRUE(crashed->passed_over().empty());
  crashed.emplace(store->catalog());  // a start
  run(crashed->count(mapping.uuid, 0, {1}));
  ASSERT_EQ(crashed->passed_over().size(), 1u);
  EXPECT_EQ(crashed->passed_over()[0].index.value, 1u);
  EXPECT_EQ(crashed->passed_over()[0].crashes, 3u);
  EXPECT_TRUE(crashed->passed_over(mapping.uuid, 1).empty());
  start();
  EXPECT_EQ(runner.wait_for(1), (std::vector<Strings>{{"a", "c"}}));
  wait_for_checkpoint(0, 3);
  change([](lambda::Mapping& m) { m.deleting = true; });
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_TRUE(crashed->passed_over().empty());
  EXPECT_TRUE(store->catalog().scan("l/z/", "", 10).value().empty());
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
  EXPECT_EQ(run(log().close({{kStream, 1}})).value().front().value, 2u);
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
                         {{"account", "000000000000"}, {"region", "us-east-1"}, {"function", "f"}})
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
  ASSERT_TRUE(run(log().trim({{{kStream, 0}, {1}}})));
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
  EXPECT_FALSE(run(mappings->checkpoint(mapping.uuid, 0)));
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

// As a disk or a bug may leave it.
void spoil_checkpoint(storage::Catalog& catalog, const std::string& uuid, int shard) {
  storage::CatalogBatch batch;
  batch.put("l/c/" + uuid + "/000000000" + std::to_string(shard), R"({"version":1,"next":"many"})");
  asio::io_context context;
  auto written = asio::co_spawn(context, catalog.write(std::move(batch)), asio::use_future);
  context.run();
  ASSERT_TRUE(written.get());
}

TEST_F(RunnerMappings, ACheckpointThatCannotBeDecodedIsSetAsideAndHoldsUpNoOtherShard) {
  append({kStream, 0}, {"a", "b"});
  append({kStream, 1}, {"c"});
  streams.set(lambda::SourceStream{kStream, {shard(0), shard(1)}});
  start();
  runner.wait_for(2);
  wait_for_checkpoint(0, 2);
  wait_for_checkpoint(1, 1);
  stop();
  spoil_checkpoint(store->catalog(), mapping.uuid, 0);
  append({kStream, 1}, {"d"});
  go();
  EXPECT_EQ(runner.wait_for(3)[2], Strings{"d"}) << "the other shard waits for nothing";
  EXPECT_EQ(runner.wait_for(4)[3], (Strings{"a", "b"})) << "repeated rather than lost";
  wait_for_checkpoint(0, 2);
  stop();

  mappings.emplace(store->catalog());  // as after a restart
  const auto set_aside = mappings->set_aside();
  ASSERT_EQ(set_aside.size(), 1u);
  EXPECT_EQ(set_aside[0].uuid, mapping.uuid);
  EXPECT_EQ(set_aside[0].shard, 0u);
  EXPECT_FALSE(set_aside[0].reason.empty());
  append({kStream, 0}, {"e"});
  go();
  EXPECT_EQ(runner.wait_for(5)[4], Strings{"e"});
  change([](lambda::Mapping& m) { m.deleting = true; });
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_TRUE(mappings->set_aside().empty());
  EXPECT_TRUE(store->catalog().scan("l/y/", "", 10).value().empty());
}

TEST_F(RunnerMappings, AParentWhoseCheckpointCannotBeDecodedIsReadAgainBeforeItsChildren) {
  append({kStream, 0}, {"p"});
  append({kStream, 1}, {"c"});
  streams.set(lambda::SourceStream{kStream, {shard(0, {}, true), shard(1, {0})}});
  run(mappings->create(mapping, {}));
  spoil_checkpoint(store->catalog(), mapping.uuid, 0);
  go();
  EXPECT_EQ(runner.wait_for(2), (std::vector<Strings>{{"p"}, {"c"}}));
}

TEST_F(RunnerMappings, AMappingWhoseRowCannotBeDecodedStaysAndStopsNoOther) {
  run(mappings->create(mapping, {}));
  storage::CatalogBatch batch;
  batch.put("l/m/00000000-0000-4000-8000-000000000000", "{");
  ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
  mappings.emplace(store->catalog());
  ASSERT_EQ(mappings->unreadable().size(), 1u);
  EXPECT_EQ(mappings->unreadable()[0].key, "l/m/00000000-0000-4000-8000-000000000000");
  append({kStream, 0}, {"a"});
  go();
  EXPECT_EQ(runner.wait_for(1), std::vector<Strings>{{"a"}});
}

}  // namespace
}  // namespace millrace::functions
