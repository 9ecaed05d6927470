// What the embedded engine promises beyond storage/shard_log.h, which ../conformance_log_test.cpp tests.
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "tests/unit/storage/local/fixture.h"

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

TEST_P(ShardLogTest, ReadAfterTrimStartsAtTheTrimPoint) {
  append(kShard, {"a", "b", "c"});
  append(kShard, {"d"});
  ASSERT_TRUE(run(log().trim({{kShard, Index{2}}})));
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c", "d"}));
  EXPECT_EQ(bounds(kShard).first, Index{2});
  std::this_thread::sleep_for(300ms);  // the rows of whole blocks are gone, too
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c", "d"}));
}

TEST_P(ShardLogTest, TrimmingAllNeverUsesAnIndexAgain) {
  append(kShard, {"a", "b"});
  ASSERT_TRUE(run(log().trim({{kShard, Index{100}}})));
  EXPECT_EQ(bounds(kShard).first, Index{2});
  EXPECT_EQ(bounds(kShard).next, Index{2});
  std::this_thread::sleep_for(300ms);
  reopen();
  EXPECT_EQ(append(kShard, {"c"}), Index{2});
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c"}));
}

TEST_P(ShardLogTest, FindKnowsTheSecondInWhichAllWasTrimmed) {
  clock.set(1000);
  append(kShard, {"a"});
  ASSERT_TRUE(run(log().trim({{kShard, Index{1}}})));
  std::this_thread::sleep_for(300ms);
  clock.set(1500);
  append(kShard, {"b"});
  clock.set(3000);
  append(kShard, {"c"});
  EXPECT_EQ(find(kShard, 1100), Index{1});
  EXPECT_EQ(find(kShard, 1501), Index{2});
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
  ASSERT_TRUE(run(log().trim({{kShard, Index{64 * 8 - 1}}})));
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

TEST_F(WaitTest, AShardThatIsNotThereYetCanBeWaitedFor) {
  auto waiting = std::async(std::launch::async, [&] { return run(log().wait({7, 7}, Index{0}, in(20s))); });
  std::this_thread::sleep_for(20ms);
  append({7, 7}, {"a"});
  EXPECT_TRUE(waiting.get().value());
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds t) {
  asio::steady_timer timer(co_await asio::this_coro::executor, t);
  co_await timer.async_wait(asio::use_awaitable);
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
