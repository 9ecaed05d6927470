// The promises of storage/shard_log.h.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <future>
#include <thread>

#include "tests/unit/storage/conformance.h"

namespace millrace::storage {
namespace {

using namespace std::chrono_literals;

constexpr ShardId kShard{1, 0}, kOther{1, 1}, kStranger{2, 0};

class LogConformance : public Conformance {
 protected:
  void SetUp() override {
    Conformance::SetUp();
    ASSERT_TRUE(run(log().open(1, "account.region.stream", {0, 1})));
    ASSERT_TRUE(run(log().open(2, "account.region.stranger", {0})));
  }

  // The indexes of an append's records.
  std::vector<Index> place(ShardId shard, const Strings& data) {
    const Result<Appended> appended = try_append(shard, data);
    EXPECT_TRUE(appended) << appended.error().detail;
    std::vector<Index> indexes;
    if (!appended) return indexes;
    for (const storage::Run& each : appended->runs)
      for (std::uint32_t i = 0; i < each.count; ++i) indexes.push_back(each.first + i);
    EXPECT_EQ(indexes.size(), data.size());
    return indexes;
  }
  static std::vector<Index> indexes_of(const Records& records) {
    std::vector<Index> indexes;
    records.for_each([&](const Record& r) { indexes.push_back(r.index); });
    return indexes;
  }
  // All from `from` on, as a consumer reads it.
  Strings read_on(ShardId shard, Index from, ReadLimit limit) {
    Strings all;
    for (int reads = 0; reads < 1000; ++reads) {
      const Records records = read(shard, from, limit);
      for (std::string& data : data_of(records)) all.push_back(std::move(data));
      if (records.next() == records.end()) return all;
      EXPECT_GT(records.next(), from);
      from = records.next();
    }
    ADD_FAILURE() << "the end is never reached";
    return all;
  }
  Result<void> trim(ShardId shard, Index before) { return run(log().trim({{shard, before}})); }

  static std::chrono::steady_clock::time_point in(std::chrono::milliseconds t) {
    return std::chrono::steady_clock::now() + t;
  }
};
INSTANTIATE_TEST_SUITE_P(, LogConformance,
                         testing::Values(Engine::local, Engine::local_on_disk, Engine::memory,
                                         Engine::memory_sparse),
                         name_of);

TEST_P(LogConformance, AppendAnswersWhereTheRecordsAre) {
  std::vector<Index> places = place(kShard, {"a", "b", "c"});
  for (const Index index : place(kShard, {"d"})) places.push_back(index);
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end(), std::less_equal<>()));
  const Records records = read(kShard, Index{0});
  EXPECT_EQ(indexes_of(records), places);
  EXPECT_EQ(data_of(records), (Strings{"a", "b", "c", "d"}));
  EXPECT_GT(bounds(kShard).next, places.back());
  place(kOther, {"x"});
  EXPECT_EQ(data_of(read(kOther, Index{0})), (Strings{"x"}));
}

TEST_P(LogConformance, AppendAnswersWhenTheRecordsArrived) {
  clock.set(7000);
  const Result<Appended> appended = try_append(kShard, {"a", "b"});
  ASSERT_TRUE(appended);
  for (const storage::Run& each : appended->runs) EXPECT_EQ(each.arrival, at_ms(7000));
  read(kShard, Index{0}).for_each([](const Record& r) { EXPECT_EQ(r.arrival, at_ms(7000)); });
}

TEST_P(LogConformance, ShardsOfAnAppendSucceedOnTheirOwn) {
  place(kShard, {"a"});
  ASSERT_TRUE(run(log().close({kShard})));
  std::vector<ShardAppend> both = appends_of(kShard, batch_of({"b"}));
  both.push_back({kOther, batch_of({"x"})});
  const auto results = run(log().append(std::move(both)));
  ASSERT_EQ(results.size(), 2u);
  ASSERT_FALSE(results[0]);
  EXPECT_EQ(results[0].error().code, Errc::closed);
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"a"}));
  EXPECT_EQ(data_of(read(kOther, Index{0})), (Strings{"x"}));
}

TEST_P(LogConformance, OpeningAgainChangesNothing) {
  place(kShard, {"a"});
  ASSERT_TRUE(run(log().open(1, "another label", {0, 1, 2})));
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"a"}));
  place({1, 2}, {"b"});
  ASSERT_TRUE(run(log().close({kShard})));
  ASSERT_TRUE(run(log().open(1, "label", {0})));
  EXPECT_EQ(try_append(kShard, {"b"}).error().code, Errc::closed);
}

TEST_P(LogConformance, ReadReturnsRecordsFromTheIndexOn) {
  place(kShard, {"a", "b"});
  const std::vector<Index> places = place(kShard, {"c", "d"});
  place(kOther, {"x"});
  const Records records = read(kShard, places[0]);
  EXPECT_EQ(data_of(records), (Strings{"c", "d"}));
  EXPECT_EQ(records.next(), records.end());
  EXPECT_EQ(records.end(), bounds(kShard).next);
  EXPECT_EQ(data_of(read(kShard, places[1])), (Strings{"d"}));
}

TEST_P(LogConformance, ReadKeepsTheLimits) {
  for (int i = 0; i < 5; ++i) place(kShard, {"0123456", "abcdefg"});  // 10 bytes each with the key
  EXPECT_EQ(read(kShard, Index{0}, {3, 1000}).size(), 3u);
  EXPECT_EQ(read(kShard, Index{0}, {100, 35}).size(), 3u);
  EXPECT_EQ(read(kShard, Index{0}, {100, 1}).size(), 1u) << "the first record is returned whatever its size";
  EXPECT_EQ(read_on(kShard, Index{0}, {3, 1000}).size(), 10u);
  EXPECT_EQ(read_on(kShard, Index{0}, {100, 15}).size(), 10u);
}

TEST_P(LogConformance, ReadTellsWhenTheFirstRecordLeftArrived) {
  clock.set(1000);
  place(kShard, {"a", "b"});
  clock.set(5000);
  const Index place_of_c = place(kShard, {"c"})[0];
  const Records records = read(kShard, Index{0}, {2, 1000});
  EXPECT_EQ(data_of(records), (Strings{"a", "b"}));
  EXPECT_LE(records.next(), place_of_c);
  EXPECT_NE(records.next(), records.end());
  EXPECT_EQ(records.next_arrival(), at_ms(5000));
}

TEST_P(LogConformance, ReadSkipsWhatArrivedTooEarly) {
  for (int i = 0; i < 40; ++i) {
    clock.set(1000 + i * 100);
    place(kShard, {std::to_string(i)});
  }
  EXPECT_EQ(read_on(kShard, Index{0}, {2, 1000, at_ms(1000 + 37 * 100)}), (Strings{"37", "38", "39"}));
  EXPECT_EQ(read_on(kShard, Index{0}, {100, 1000, at_ms(1000 + 39 * 100 - 1)}), (Strings{"39"}));
  EXPECT_TRUE(read_on(kShard, Index{0}, {100, 1000, at_ms(100'000)}).empty());
  EXPECT_EQ(read_on(kShard, Index{0}, {100, 1000, at_ms(0)}).size(), 40u);
}

TEST_P(LogConformance, ReadAtTheEndIsEmpty) {
  place(kShard, {"a"});
  const Records records = read(kShard, bounds(kShard).next);
  EXPECT_TRUE(records.empty());
  EXPECT_EQ(records.next(), records.end());
  EXPECT_TRUE(read({9, 9}, Index{0}).empty());
}

TEST_P(LogConformance, AShardWithoutRecordsHasEmptyBounds) {
  EXPECT_EQ(bounds(kShard).first, Index{0});
  EXPECT_EQ(bounds(kShard).next, Index{0});
  EXPECT_EQ(bounds({9, 9}).next, Index{0});
  EXPECT_EQ(log().known_bounds({9, 9}).next, Index{0});
}

TEST_P(LogConformance, LargeRecordsComeBackWhole) {
  const std::string large(1 << 20, 'L');
  place(kShard, {large, "small"});
  place(kShard, {large});
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{large, "small", large}));
}

TEST_P(LogConformance, ReadAfterTrimStartsAtTheTrimPoint) {
  const std::vector<Index> places = place(kShard, {"a", "b", "c"});
  place(kShard, {"d"});
  ASSERT_TRUE(trim(kShard, places[2]));
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c", "d"}));
  EXPECT_EQ(bounds(kShard).first, places[2]);
  ASSERT_TRUE(trim(kShard, places[0]));
  EXPECT_EQ(bounds(kShard).first, places[2]) << "a trim point never moves back";
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c", "d"}));
}

TEST_P(LogConformance, TrimmingAllNeverUsesAnIndexAgain) {
  const std::vector<Index> places = place(kShard, {"a", "b"});
  place(kOther, {"x"});
  ASSERT_TRUE(run(log().trim({{kShard, Index{100}}, {kOther, bounds(kOther).next}})));
  for (const ShardId shard : {kShard, kOther}) {
    EXPECT_EQ(bounds(shard).first, bounds(shard).next);
    EXPECT_TRUE(read(shard, Index{0}).empty());
  }
  reopen();
  EXPECT_GT(place(kShard, {"c"})[0], places[1]);
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"c"}));
}

TEST_P(LogConformance, FindReturnsTheFirstRecordOfThatTimeOrLater) {
  std::vector<std::vector<Index>> places;
  for (const std::int64_t ms : {1000, 1200, 1700, 4000, 4001}) {
    clock.set(ms);
    places.push_back(place(kShard, {"a", "b"}));
  }
  EXPECT_EQ(find(kShard, 0), places[0][0]);
  EXPECT_EQ(find(kShard, 1000), places[0][0]);
  EXPECT_EQ(find(kShard, 1001), places[1][0]);
  EXPECT_EQ(find(kShard, 1200), places[1][0]);
  EXPECT_EQ(find(kShard, 1701), places[3][0]);
  EXPECT_EQ(find(kShard, 3000), places[3][0]);
  EXPECT_EQ(find(kShard, 4001), places[4][0]);
  EXPECT_EQ(find(kShard, 4002), bounds(kShard).next);
  ASSERT_TRUE(trim(kShard, places[1][1]));
  EXPECT_EQ(find(kShard, 0), places[1][1]);
  EXPECT_EQ(find(kShard, 1200), places[1][1]);
  EXPECT_EQ(find(kShard, 1201), places[2][0]);
}

TEST_P(LogConformance, ArrivalTimesNeverGoBack) {
  clock.set(5000);
  place(kShard, {"a"});
  clock.set(3000);
  place(kShard, {"b"});
  place(kOther, {"x"});
  reopen();
  place(kShard, {"c"});
  read(kShard, Index{0}).for_each([](const Record& r) { EXPECT_EQ(r.arrival, at_ms(5000)); });
  read(kOther, Index{0}).for_each([](const Record& r) { EXPECT_EQ(r.arrival, at_ms(3000)); });
}

TEST_P(LogConformance, AClosedShardRefusesAppendsAndKeepsItsRecords) {
  const Index last = place(kShard, {"a"})[0];
  const auto ends = run(log().close({kShard, kOther}));
  ASSERT_TRUE(ends);
  ASSERT_EQ(ends->size(), 2u);
  EXPECT_GT(ends->front(), last);
  EXPECT_EQ(run(log().close({kShard})).value().front(), ends->front());
  reopen();
  EXPECT_EQ(run(log().close({kShard})).value().front(), ends->front());
  EXPECT_EQ(try_append(kShard, {"b"}).error().code, Errc::closed);
  EXPECT_EQ(try_append(kOther, {"b"}).error().code, Errc::closed);
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"a"}));
}

TEST_P(LogConformance, ADroppedStreamIsEmptyAndTakesNoMoreAppends) {
  place(kShard, {"a"});
  place(kOther, {"b"});
  place(kStranger, {"stays"});
  ASSERT_TRUE(run(log().drop(1)));
  EXPECT_EQ(bounds(kShard).next, Index{0});
  EXPECT_TRUE(read(kOther, Index{0}).empty());
  EXPECT_EQ(try_append(kShard, {"late"}).error().code, Errc::not_found);
  EXPECT_EQ(try_append({1, 77}, {"to a shard that never was"}).error().code, Errc::not_found);
  EXPECT_EQ(data_of(read(kStranger, Index{0})), (Strings{"stays"}));
  reopen();
  EXPECT_EQ(bounds(kShard).next, Index{0});
  EXPECT_EQ(data_of(read(kStranger, Index{0})), (Strings{"stays"}));
  ASSERT_TRUE(run(log().drop(1))) << "dropping again succeeds";
}

TEST_P(LogConformance, AWaitEndsWithTheRecord) {
  const Index first = place(kShard, {"a"})[0];
  EXPECT_TRUE(run(log().wait(kShard, first, in(0ms))).value());
  const Index end = bounds(kShard).next;
  auto waiting = std::async(std::launch::async, [&] { return run(log().wait(kShard, end, in(20s))); });
  EXPECT_EQ(waiting.wait_for(30ms), std::future_status::timeout);
  place(kOther, {"x"});
  place(kShard, {"b"});
  EXPECT_TRUE(waiting.get().value());
}

TEST_P(LogConformance, AWaitEndsAtItsDeadline) {
  EXPECT_FALSE(run(log().wait(kShard, Index{0}, in(20ms))).value());
}

TEST_P(LogConformance, AWaitEndsWithTheShard) {
  place(kShard, {"a"});
  const Index end = bounds(kShard).next;
  auto closed = std::async(std::launch::async, [&] { return run(log().wait(kShard, end, in(20s))); });
  auto dropped =
      std::async(std::launch::async, [&] { return run(log().wait(kStranger, Index{0}, in(20s))); });
  EXPECT_EQ(closed.wait_for(20ms), std::future_status::timeout);
  ASSERT_TRUE(run(log().close({kShard})));
  EXPECT_FALSE(closed.get().value());
  EXPECT_FALSE(run(log().wait(kShard, end, in(20s))).value());
  ASSERT_TRUE(run(log().drop(2)));
  EXPECT_FALSE(dropped.get().value());
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds t) {
  asio::steady_timer timer(co_await asio::this_coro::executor, t);
  co_await timer.async_wait(asio::use_awaitable);
}

TEST_P(LogConformance, AWaitCanBeCancelled) {
  using namespace asio::experimental::awaitable_operators;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    const auto which = run(log().wait(kShard, Index{0}, in(60s)) || sleep_for(5ms));
    EXPECT_EQ(which.index(), 1u);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_P(LogConformance, AClosedStoreAnswersErrors) {
  auto waiting = std::async(std::launch::async, [&] { return run(log().wait(kShard, Index{0}, in(60s))); });
  EXPECT_EQ(waiting.wait_for(20ms), std::future_status::timeout);
  engine().close();
  EXPECT_FALSE(waiting.get().has_value());
  EXPECT_EQ(try_append(kShard, {"a"}).error().code, Errc::io);
  EXPECT_EQ(run(log().open(3, "label", {0})).error().code, Errc::io);
}

TEST_P(LogConformance, AStoreOfOneNodeHasAllDuties) {
  EXPECT_TRUE(engine().duties().mine("retention"));
  EXPECT_EQ(engine().duties().members(), 1u);
}

}  // namespace
}  // namespace millrace::storage
