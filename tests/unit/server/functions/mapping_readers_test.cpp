// Readers of event source mappings over a real log, with a runner that does as each test says.
#include "server/functions/mapping_readers.h"

#include <condition_variable>

#include "api/core/base64.h"
#include "tests/unit/storage/rocksdb/fixture.h"

namespace millrace::functions {
namespace {

namespace asio = boost::asio;
using storage::ShardId;
using storage::Strings;
using Invoked = boost::system::result<lambda::InvokeResult, lambda::NotRun>;

constexpr std::uint64_t kStream = 7;

class FakeStreams final : public lambda::StreamDirectory {
 public:
  std::optional<lambda::SourceStream> find(const std::string&, const std::string&,
                                           const std::string&) const override {
    const std::lock_guard lock(mutex_);
    return stream_;
  }
  std::string sequence_number(const lambda::SourceShard&, storage::Index index, Time) const override {
    return std::to_string(1000 + index.value);
  }
  storage::Result<std::string> open(std::uint64_t, const storage::Record& record) const override {
    if (++opens == 2) return storage::Error{storage::Errc::corrupt, "damaged"};
    return "opened " + std::string(record.data);
  }
  mutable std::atomic<int> opens = 0;  // the second fails
  void set(std::optional<lambda::SourceStream> stream) {
    const std::lock_guard lock(mutex_);
    stream_ = std::move(stream);
  }

 private:
  mutable std::mutex mutex_;
  std::optional<lambda::SourceStream> stream_;
};

// Keeps what it was given, and answers by `decide`.
class FakeRunner final : public lambda::FunctionRunner {
 public:
  asio::awaitable<Invoked> invoke(lambda::FunctionSpec, std::string payload, lambda::InvokeContext) override {
    const auto event = nlohmann::json::parse(payload);
    Strings data;
    for (const auto& r : event["Records"])
      data.push_back(base64_decode(r["kinesis"]["data"].get<std::string>()).value());
    std::function<Invoked(const Strings&)> answer;
    {
      const std::lock_guard lock(mutex_);
      batches_.push_back(data);
      answer = decide_;
    }
    came_.notify_all();
    co_return answer(data);
  }
  void forget(const std::string&) override {}

  void decide(std::function<Invoked(const Strings&)> answer) {
    const std::lock_guard lock(mutex_);
    decide_ = std::move(answer);
  }
  // The batches, once there are `count` of them.
  std::vector<Strings> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(30), [&] { return batches_.size() >= count; }));
    return batches_;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return batches_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Strings> batches_;
  std::function<Invoked(const Strings&)> decide_ = [](const Strings&) { return lambda::InvokeResult{}; };
};

lambda::InvokeResult failure() {
  lambda::InvokeResult out;
  out.function_error = "Unhandled";
  return out;
}

lambda::SourceShard shard(std::uint32_t number, std::vector<std::uint32_t> parents = {},
                          bool closed = false) {
  return {{kStream, number}, "shardId-" + std::to_string(number), {}, std::move(parents), closed};
}

class RunnerMappings : public storage::StoreTest {
 protected:
  RunnerMappings() {
    open();
    functions.emplace(store->catalog());
    mappings.emplace(store->catalog());
    lambda::Function f;
    f.account = "000000000000";
    f.region = "us-east-1";
    f.name = "f";
    f.role = "role";
    run(functions->create(f));
    mapping.uuid = "00000000-0000-4000-8000-000000000001";
    mapping.account = f.account;
    mapping.region = f.region;
    mapping.stream = "s";
    mapping.function = "f";
    mapping.function_arn = "arn:f";
    mapping.source_arn = "arn:s";
    mapping.starting_position = "TRIM_HORIZON";
    streams.set(lambda::SourceStream{kStream, {shard(0)}});
  }
  ~RunnerMappings() override {
    stop();
    readers.reset();
    shared.reset();
    mappings.reset();
    functions.reset();
  }

  void start() {
    run(mappings->create(mapping, {}));
    go();
  }
  void go() {
    shared.emplace(MappingShared{*mappings, *functions, runner, streams, log(), clock, probes});
    readers = std::make_shared<MappingReaders>(context, *shared, mappings->find(mapping.uuid));
    ended = asio::co_spawn(context, run_readers(readers), asio::use_future);
    thread = std::thread([this] {
      context.restart();
      context.run();
    });
  }
  void stop() {
    if (!thread.joinable()) return;
    readers->stop();
    EXPECT_EQ(ended.wait_for(std::chrono::seconds(30)), std::future_status::ready);
    thread.join();
  }
  static asio::awaitable<void> run_readers(std::shared_ptr<MappingReaders> r) { co_await r->run(); }

  void change(std::function<void(lambda::Mapping&)> how) {
    run(mappings->update(mapping.uuid, std::move(how)));
    readers->changed();
  }
  lambda::Checkpoint checkpoint(std::uint32_t number) {
    return mappings->checkpoint(mapping.uuid, number).value_or(lambda::Checkpoint{});
  }
  void wait_for_checkpoint(std::uint32_t number, std::uint64_t next) {
    EXPECT_TRUE(eventually([&] { return checkpoint(number).next.value == next; }, std::chrono::seconds(30)))
        << checkpoint(number).next.value << " is not " << next;
  }

  // As a scraper sees it; nullopt when there is no such series.
  std::optional<double> iterator_age() {
    struct Visitor {
      std::string_view name;
      std::optional<double> value;
      void family(std::string_view n, std::string_view) { name = n; }
      void series(const Labels&, const Gauge& g) {
        if (name == "millrace_lambda_iterator_age_seconds") value = g.value();
      }
      void series(const Labels&, const Counter&) {}
      void series(const Labels&, const Histogram&) {}
    } visitor;
    probes.for_each(visitor);
    return visitor.value;
  }

  Probes probes;
  FakeStreams streams;
  FakeRunner runner;
  std::optional<lambda::Functions> functions;
  std::optional<lambda::Mappings> mappings;
  lambda::Mapping mapping;
  asio::io_context context;
  std::optional<MappingShared> shared;
  std::shared_ptr<MappingReaders> readers;
  std::future<void> ended;
  std::thread thread;
};

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
