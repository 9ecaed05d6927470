// What the tests of the embedded engine share: a store in a directory of its own, driven from plain
// functions.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "storage/rocksdb/store.h"
#include "tests/unit/eventually.h"

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

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    static std::atomic<int> number = 0;
    options.dir = std::filesystem::temp_directory_path() /
                  ("millrace-test-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::remove_all(options.dir);
    options.durability = Durability::os;
    options.clock = &clock;
    options.segment_bytes = 1 << 20;
    options.retry_delay = std::chrono::milliseconds(20);
    options.reclaim_delay = std::chrono::milliseconds(50);
  }
  ~StoreTest() override {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(options.dir, ignored);
  }

  void open() {
    auto opened = RocksStore::open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = std::move(*opened);
  }
  void reopen() {
    store.reset();
    open();
  }
  ShardLog& log() { return store->log(); }

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

  Result<std::vector<Appended>> try_append(ShardId shard, const std::vector<std::string>& data) {
    return run(log().append(appends_of(shard, batch_of(data))));
  }
  Index append(ShardId shard, const std::vector<std::string>& data) {
    auto appended = try_append(shard, data);
    EXPECT_TRUE(appended) << appended.error().detail;
    return appended ? appended->front().first : Index{};
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
  Bounds bounds(ShardId shard) { return log().bounds(shard).value(); }

  std::uint64_t bytes_in_directory() const {
    std::uint64_t bytes = 0;
    std::error_code gone;
    for (const auto& file : std::filesystem::recursive_directory_iterator(options.dir)) {
      const auto size = file.is_regular_file(gone) ? file.file_size(gone) : 0;
      if (!gone) bytes += size;
    }
    return bytes;
  }

  MovedClock clock;
  RocksOptions options;
  std::unique_ptr<RocksStore> store;
};

using Strings = std::vector<std::string>;

}  // namespace millrace::storage
