// Readers of event source mappings over a real log, with a runner that does as each test says.
#pragma once

#include <condition_variable>
#include <set>

#include "api/core/base64.h"
#include "server/mappings/mapping_readers.h"
#include "tests/unit/api/lambda/fake_destinations.h"
#include "tests/unit/storage/fake_duties.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::functions {

namespace asio = boost::asio;
using storage::ShardId;
using storage::Strings;
using Invoked = boost::system::result<lambda::InvokeResult, lambda::NotRun>;

inline constexpr std::uint64_t kStream = 7;

class FakeStreams final : public lambda::StreamDirectory {
 public:
  std::optional<lambda::SourceStream> find(const Principal&, const std::string&) const override {
    const std::lock_guard lock(mutex_);
    return stream_;
  }
  std::string sequence_number(const lambda::SourceShard&, storage::Index index, Time) const override {
    return std::to_string(1000 + index.value);
  }
  storage::Result<std::string> open(std::uint64_t, const storage::Record& record) const override {
    if (++opens == 2) return storage::Error{failure, "damaged"};
    return "opened " + std::string(record.data);
  }
  asio::awaitable<void> closed(storage::ShardId id,
                               std::chrono::steady_clock::time_point deadline) const override {
    const auto is_open = [&] {
      const std::lock_guard lock(mutex_);
      if (!stream_) return false;
      return std::any_of(stream_->shards.begin(), stream_->shards.end(),
                         [&](const auto& s) { return s.id == id && !s.closed; });
    };
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (is_open() && std::chrono::steady_clock::now() < deadline) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
  mutable std::atomic<int> opens = 0;  // the second fails
  storage::Errc failure = storage::Errc::io;
  void set(std::optional<lambda::SourceStream> stream) {
    const std::lock_guard lock(mutex_);
    stream_ = std::move(stream);
  }

 private:
  mutable std::mutex mutex_;
  std::optional<lambda::SourceStream> stream_;
};

// Keeps what it was given, and answers by `decide`; a batch that is held is answered when it is let go.
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
      events_.push_back(event);
      answer = decide_;
    }
    came_.notify_all();
    const std::string first = data.empty() ? "" : data.front();
    while (is_held(first)) {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
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
  // The events themselves.
  std::vector<nlohmann::json> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // Batches whose first record is this one are not answered until they are let go.
  void hold(const std::string& first) {
    const std::lock_guard lock(mutex_);
    held_.insert(first);
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    held_.clear();
  }

 private:
  bool is_held(const std::string& first) {
    const std::lock_guard lock(mutex_);
    return held_.contains(first);
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Strings> batches_;
  std::vector<nlohmann::json> events_;
  std::set<std::string> held_;
  std::function<Invoked(const Strings&)> decide_ = [](const Strings&) { return lambda::InvokeResult{}; };
};

inline lambda::InvokeResult failure() {
  lambda::InvokeResult out;
  out.function_error = "Unhandled";
  return out;
}

inline lambda::SourceShard shard(std::uint32_t number, std::vector<std::uint32_t> parents = {},
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
    crashed.reset();
    mappings.reset();
    functions.reset();
  }

  void start() {
    run(mappings->create(mapping, {}));
    go();
  }
  void go() {
    shared.emplace(MappingShared{*mappings, *functions, runner, streams, destinations, log(), duties, clock,
                                 probes, &losses, crashed ? &*crashed : nullptr});
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
    return run(mappings->checkpoint(mapping.uuid, number)).value_or(lambda::Checkpoint{});
  }
  void wait_for_checkpoint(std::uint32_t number, std::uint64_t next) {
    EXPECT_TRUE(eventually([&] { return checkpoint(number).next.value == next; }, std::chrono::seconds(30)))
        << checkpoint(number).next.value << " is not " << next;
  }

  // As a scraper sees it; nullopt when there is no such series.
  std::optional<double> gauge(std::string_view wanted) {
    struct Visitor final : Probes::Visitor {
      std::string_view wanted, name;
      std::optional<double> value;
      void family(std::string_view n, std::string_view) override { name = n; }
      void series(const Labels&, const Gauge& g) override {
        if (name == wanted) value = g.value();
      }
      void series(const Labels&, const Counter&) override {}
      void series(const Labels&, const Histogram&) override {}
    } visitor;
    visitor.wanted = wanted;
    probes.for_each(visitor);
    return visitor.value;
  }
  std::optional<double> iterator_age() { return gauge("millrace_lambda_iterator_age_seconds"); }

  Probes probes;
  storage::FakeDuties duties;
  storage::Losses losses;
  FakeStreams streams;
  FakeRunner runner;
  lambda::FakeDestinations destinations;
  std::optional<lambda::Functions> functions;
  std::optional<lambda::Mappings> mappings;
  std::optional<lambda::CrashedRecords> crashed;
  lambda::Mapping mapping;
  asio::io_context context;
  std::optional<MappingShared> shared;
  std::shared_ptr<MappingReaders> readers;
  std::future<void> ended;
  std::thread thread;
};

}  // namespace millrace::functions
