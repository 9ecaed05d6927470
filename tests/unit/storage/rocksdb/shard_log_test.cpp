#include <boost/asio/experimental/awaitable_operators.hpp>

#include "tests/unit/storage/rocksdb/fixture.h"

namespace millrace::storage {
namespace {

using namespace std::chrono_literals;

constexpr ShardId kShard{1, 0};
constexpr ShardId kOther{1, 1};

// Every promise is kept by blocks in the tail cache and by blocks on disk.
class ShardLogTest : public StoreTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) options.tail_cache_bytes = 0;
    open();
  }
};
INSTANTIATE_TEST_SUITE_P(, ShardLogTest, testing::Values(true, false),
                         [](const auto& info) { return info.param ? "Cached" : "OnDisk"; });

TEST_P(ShardLogTest, AppendGivesDenseIndexesFromZero) {
  EXPECT_EQ(append(kShard, {"a", "b"}), Index{0});
  EXPECT_EQ(append(kShard, {"c"}), Index{2});
  EXPECT_EQ(append(kOther, {"x"}), Index{0});
  EXPECT_EQ(bounds(kShard).next, Index{3});
}

TEST_P(ShardLogTest, ReadReturnsRecordsFromTheIndexOn) {
  append(kShard, {"a", "b"});
  append(kShard, {"c", "d"});
  append(kOther, {"x"});
  const Records records = read(kShard, Index{1});
  EXPECT_EQ(data_of(records), (Strings{"b", "c", "d"}));
  EXPECT_EQ(records.next(), Index{4});
  EXPECT_EQ(records.end(), Index{4});
  std::vector<std::uint64_t> indexes;
  records.for_each([&](const Record& r) { indexes.push_back(r.index.value); });
  EXPECT_EQ(indexes, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_P(ShardLogTest, ReadKeepsTheLimits) {
  for (int i = 0; i < 5; ++i) append(kShard, {"0123456", "abcdefg"});  // 10 bytes each with the key
  EXPECT_EQ(read(kShard, Index{0}, {3, 1000}).size(), 3u);
  EXPECT_EQ(read(kShard, Index{1}, {4, 1000}).size(), 4u);
  EXPECT_EQ(read(kShard, Index{0}, {100, 35}).size(), 3u);
  EXPECT_EQ(read(kShard, Index{3}, {100, 45}).size(), 4u);
  EXPECT_EQ(read(kShard, Index{0}, {100, 1}).size(), 1u) << "the first record is returned whatever its size";
}

TEST_P(ShardLogTest, ReadTellsWhenTheFirstRecordLeftArrived) {
  clock.set(1000);
  append(kShard, {"a", "b"});
  clock.set(5000);
  append(kShard, {"c"});
  const Records records = read(kShard, Index{0}, {2, 1000});
  EXPECT_EQ(records.next(), Index{2});
  EXPECT_EQ(records.next_arrival(), at_ms(5000));
}

TEST_P(ShardLogTest, ReadAtTheEndIsEmpty) {
  append(kShard, {"a"});
  const Records records = read(kShard, Index{1});
  EXPECT_TRUE(records.empty());
  EXPECT_EQ(records.next(), records.end());
  EXPECT_TRUE(read({9, 9}, Index{0}).empty());
}

TEST_P(ShardLogTest, LargeRecordsComeBackWhole) {
  const std::string large(1 << 20, 'L');
  append(kShard, {large, "small"});
  append(kShard, {large});
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{large, "small", large}));
}

TEST_P(ShardLogTest, ReadAfterTrimStartsAtTheTrimPoint) {
  append(kShard, {"a", "b", "c"});
  append(kShard, {"d"});
  ASSERT_TRUE(run(log().trim(kShard, Index{2})));
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c", "d"}));
  EXPECT_EQ(bounds(kShard).first, Index{2});
  std::this_thread::sleep_for(300ms);  // the rows of whole blocks are gone, too
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c", "d"}));
}

TEST_P(ShardLogTest, TrimmingAllNeverUsesAnIndexAgain) {
  append(kShard, {"a", "b"});
  ASSERT_TRUE(run(log().trim(kShard, Index{100})));
  EXPECT_EQ(bounds(kShard).first, Index{2});
  EXPECT_EQ(bounds(kShard).next, Index{2});
  std::this_thread::sleep_for(300ms);
  reopen();
  EXPECT_EQ(append(kShard, {"c"}), Index{2});
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c"}));
}

TEST_P(ShardLogTest, FindReturnsTheFirstRecordOfThatTimeOrLater) {
  for (const std::int64_t ms : {1000, 1200, 1700, 4000, 4001}) {
    clock.set(ms);
    append(kShard, {"a", "b"});
  }
  EXPECT_EQ(find(kShard, 0), Index{0});
  EXPECT_EQ(find(kShard, 1000), Index{0});
  EXPECT_EQ(find(kShard, 1001), Index{2});
  EXPECT_EQ(find(kShard, 1200), Index{2});
  EXPECT_EQ(find(kShard, 1701), Index{6});
  EXPECT_EQ(find(kShard, 3000), Index{6});
  EXPECT_EQ(find(kShard, 4001), Index{8});
  EXPECT_EQ(find(kShard, 4002), Index{10});
  ASSERT_TRUE(run(log().trim(kShard, Index{3})));
  EXPECT_EQ(find(kShard, 0), Index{3});
  EXPECT_EQ(find(kShard, 1200), Index{3});
  EXPECT_EQ(find(kShard, 1201), Index{4});
}

TEST_P(ShardLogTest, FindKnowsTheSecondInWhichAllWasTrimmed) {
  clock.set(1000);
  append(kShard, {"a"});
  ASSERT_TRUE(run(log().trim(kShard, Index{1})));
  std::this_thread::sleep_for(300ms);
  clock.set(1500);
  append(kShard, {"b"});
  clock.set(3000);
  append(kShard, {"c"});
  EXPECT_EQ(find(kShard, 1100), Index{1});
  EXPECT_EQ(find(kShard, 1501), Index{2});
}

TEST_P(ShardLogTest, ArrivalTimesNeverGoBack) {
  clock.set(5000);
  append(kShard, {"a"});
  clock.set(3000);
  append(kShard, {"b"});
  append(kOther, {"x"});
  reopen();
  append(kShard, {"c"});
  read(kShard, Index{0}).for_each([](const Record& r) { EXPECT_EQ(r.arrival, at_ms(5000)); });
  read(kOther, Index{0}).for_each([](const Record& r) { EXPECT_EQ(r.arrival, at_ms(3000)); });
}

TEST_P(ShardLogTest, AClosedShardRefusesAppendsAndKeepsItsRecords) {
  append(kShard, {"a"});
  EXPECT_EQ(run(log().close(kShard)).value(), Index{1});
  EXPECT_EQ(run(log().close(kShard)).value(), Index{1});
  std::vector<ShardAppend> both = appends_of(kOther, batch_of({"x"}));
  both.push_back({kShard, batch_of({"b"})});
  const auto refused = run(log().append(std::move(both)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::closed);
  EXPECT_EQ(bounds(kOther).next, Index{0}) << "nothing of a refused append is written";
  reopen();
  EXPECT_EQ(try_append(kShard, {"b"}).error().code, Errc::closed);
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"a"}));
}

TEST_P(ShardLogTest, ADroppedStreamIsEmpty) {
  append(kShard, {"a"});
  append(kOther, {"b"});
  append({2, 0}, {"kept"});
  ASSERT_TRUE(run(log().drop(1)));
  EXPECT_EQ(bounds(kShard).next, Index{0});
  EXPECT_TRUE(read(kOther, Index{0}).empty());
  EXPECT_EQ(data_of(read({2, 0}, Index{0})), (Strings{"kept"}));
  reopen();
  EXPECT_EQ(bounds(kShard).next, Index{0});
  EXPECT_EQ(data_of(read({2, 0}, Index{0})), (Strings{"kept"}));
}

TEST_P(ShardLogTest, ADroppedStreamTakesNoMoreAppends) {
  append(kShard, {"a"});
  ASSERT_TRUE(run(log().drop(1)));
  const auto late = try_append(kShard, {"on its way when the stream was dropped"});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::not_found);
  EXPECT_EQ(try_append({1, 77}, {"to a shard that never was"}).error().code, Errc::not_found);
  EXPECT_EQ(append({2, 0}, {"other streams go on"}), Index{0});
  reopen();
  EXPECT_EQ(bounds(kShard).next, Index{0});
}

TEST_P(ShardLogTest, AReopenedLogHoldsAllThatWasAcknowledged) {
  Strings all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(std::string(static_cast<std::size_t>(i) * 300, static_cast<char>('a' + i % 26)));
    append(kShard, {all.back()});
  }
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), all);
  EXPECT_EQ(append(kShard, {"more"}), Index{50});
}

TEST_P(ShardLogTest, TheSpaceOfTrimmedRecordsIsReturned) {
  const Strings records(8, std::string(128 << 10, 'x'));
  for (int i = 0; i < 64; ++i) append(kShard, records);
  append(kOther, {"kept"});
  ASSERT_GT(bytes_in_directory(), 64u << 20);
  ASSERT_TRUE(run(log().trim(kShard, Index{64 * 8 - 1})));
  EXPECT_TRUE(eventually([this] { return bytes_in_directory() < 8u << 20; })) << bytes_in_directory();
  EXPECT_EQ(read(kShard, Index{0}).size(), 1u);
  EXPECT_EQ(data_of(read(kOther, Index{0})), (Strings{"kept"}));
}

class WaitTest : public StoreTest {
 protected:
  void SetUp() override { open(); }
  static std::chrono::steady_clock::time_point in(std::chrono::milliseconds t) {
    return std::chrono::steady_clock::now() + t;
  }
};

TEST_F(WaitTest, EndsWithTheCommitThatBringsTheRecord) {
  append(kShard, {"a"});
  EXPECT_TRUE(run(log().wait(kShard, Index{0}, in(0ms))).value());
  auto waiting = std::async(std::launch::async, [&] { return run(log().wait(kShard, Index{2}, in(20s))); });
  append(kShard, {"b"});
  EXPECT_EQ(waiting.wait_for(30ms), std::future_status::timeout);
  append(kShard, {"c"});
  EXPECT_TRUE(waiting.get().value());
}

TEST_F(WaitTest, AShardThatIsNotThereYetCanBeWaitedFor) {
  auto waiting = std::async(std::launch::async, [&] { return run(log().wait({7, 7}, Index{0}, in(20s))); });
  std::this_thread::sleep_for(20ms);
  append({7, 7}, {"a"});
  EXPECT_TRUE(waiting.get().value());
}

TEST_F(WaitTest, EndsAtItsDeadline) { EXPECT_FALSE(run(log().wait(kShard, Index{0}, in(20ms))).value()); }

TEST_F(WaitTest, EndsWhenTheShardEnds) {
  append(kShard, {"a"});
  auto closed = std::async(std::launch::async, [&] { return run(log().wait(kShard, Index{1}, in(20s))); });
  auto dropped = std::async(std::launch::async, [&] { return run(log().wait({2, 0}, Index{0}, in(20s))); });
  std::this_thread::sleep_for(20ms);
  ASSERT_TRUE(run(log().close(kShard)));
  EXPECT_FALSE(closed.get().value());
  EXPECT_FALSE(run(log().wait(kShard, Index{1}, in(20s))).value());
  ASSERT_TRUE(run(log().drop(2)));
  EXPECT_FALSE(dropped.get().value());
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds t) {
  asio::steady_timer timer(co_await asio::this_coro::executor, t);
  co_await timer.async_wait(asio::use_awaitable);
}

TEST_F(WaitTest, CanBeCancelled) {
  using namespace asio::experimental::awaitable_operators;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    const auto which = run(log().wait(kShard, Index{0}, in(60s)) || sleep_for(5ms));
    EXPECT_EQ(which.index(), 1u);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_F(WaitTest, EndsWithAnErrorWhenTheStoreCloses) {
  auto waiting = std::async(std::launch::async, [&] { return run(log().wait(kShard, Index{0}, in(60s))); });
  std::this_thread::sleep_for(50ms);
  store->close();
  EXPECT_FALSE(waiting.get().has_value());
  EXPECT_EQ(try_append(kShard, {"a"}).error().code, Errc::io);
}

TEST_F(WaitTest, CommitsDeadlinesAndCancellationsMayRace) {
  std::vector<std::thread> threads;
  std::atomic<bool> stop = false;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      using namespace asio::experimental::awaitable_operators;
      std::uint64_t from = 0;
      while (!stop) {
        auto grown = run(log().wait(kShard, Index{from}, in(1ms)) || sleep_for(1ms));
        if (grown.index() == 0 && *std::get<0>(grown)) ++from;
      }
    });
  }
  for (int i = 0; i < 300; ++i) append(kShard, {"a"});
  stop = true;
  for (auto& t : threads) t.join();
}

}  // namespace
}  // namespace millrace::storage
