// What tests of storage engines share: coroutines driven from plain functions, and short names for what is
// asked of the shard log.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>

#include "storage/store.h"

namespace millrace::storage {

namespace asio = boost::asio;

class MovedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(std::chrono::milliseconds(ms_.load())); }
  void set(std::int64_t ms) { ms_ = ms; }
  void advance(std::chrono::milliseconds by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_ = 1'700'000'000'000;
};

inline Time at_ms(std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); }

using Strings = std::vector<std::string>;

class EngineTest : public testing::Test {
 protected:
  virtual Store& engine() = 0;
  ShardLog& log() { return engine().log(); }

  // Runs the coroutine to its end on a context of its own.
  template <class T>
  static T run(asio::awaitable<T> work) {
    asio::io_context context;
    auto result = asio::co_spawn(context, std::move(work), asio::use_future);
    context.run();
    return result.get();
  }

  static RecordBatch batch_of(const std::vector<std::string>& data) {
    RecordBatch batch;
    for (const auto& d : data) batch.add("key", d);
    return batch;
  }
  static std::vector<ShardAppend> appends_of(ShardId shard, RecordBatch batch) {
    std::vector<ShardAppend> appends;
    appends.push_back({shard, std::move(batch)});
    return appends;
  }

  Result<Appended> try_append(ShardId shard, const std::vector<std::string>& data) {
    return run(log().append(appends_of(shard, batch_of(data)))).front();
  }
  Index append(ShardId shard, const std::vector<std::string>& data) {
    auto appended = try_append(shard, data);
    EXPECT_TRUE(appended) << appended.error().detail;
    return appended ? appended->runs.front().first : Index{};
  }
  Records read(ShardId shard, Index from, ReadLimit limit = {10'000, 100 << 20}) {
    auto records = run(log().read(shard, from, limit));
    EXPECT_TRUE(records) << records.error().detail;
    return records ? *records : Records(from);
  }
  static std::vector<std::string> data_of(const Records& records) {
    std::vector<std::string> data;
    records.for_each([&](const Record& r) { data.emplace_back(r.data); });
    return data;
  }
  Index find(ShardId shard, std::int64_t ms) { return run(log().find(shard, at_ms(ms))).value(); }
  Bounds bounds(ShardId shard) { return run(log().bounds(shard)).value(); }

  MovedClock clock;
};

}  // namespace millrace::storage
