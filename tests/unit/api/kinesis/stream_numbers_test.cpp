// The numbers of streams, by which the log, iterators, checkpoints and data keys go: none is used twice.
#include <gtest/gtest.h>

#include <boost/asio.hpp>

#include "api/kinesis/store.h"
#include "storage/row_map.h"

namespace millrace::kinesis {
namespace {

// A catalog in memory whose writes of stream rows can be held, so that they come in another order.
class HeldCatalog final : public storage::Catalog {
 public:
  storage::Result<std::optional<std::string>> get(std::string_view key) const override {
    return rows.get(key);
  }
  storage::Result<std::vector<storage::Row>> scan(std::string_view prefix, std::string_view after,
                                                  std::size_t limit, storage::Order order) const override {
    return rows.scan(prefix, after, limit, order);
  }
  asio::awaitable<storage::Result<std::optional<std::string>>> fetch(std::string key) const override {
    co_return rows.get(key);
  }
  asio::awaitable<storage::Result<std::vector<storage::Row>>> fetch_rows(
      std::string prefix, std::string after, std::size_t limit, storage::Order order) const override {
    co_return rows.scan(prefix, after, limit, order);
  }
  asio::awaitable<storage::Result<void>> write(storage::CatalogBatch batch, storage::Sync) override {
    ++writes;
    const std::string first = batch.changes().front().key;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (held.contains(first)) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return rows.apply(batch);
  }
  asio::awaitable<storage::Result<bool>> catch_up() override { co_return false; }
  storage::Watch watch(std::string prefix, storage::RowWatchers::Function f) override {
    return rows.watch(std::move(prefix), std::move(f));
  }

  storage::RowMap rows;
  std::set<std::string> held;  // batches that begin with one of these
  int writes = 0;
};

Stream stream_named(const std::string& name) {
  Stream s;
  s.account = "000000000000";
  s.region = "us-east-1";
  s.name = name;
  s.shards = even_shards(1, 1);
  return s;
}

template <class T>
T run(asio::awaitable<T> work) {
  asio::io_context context;
  auto result = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  return result.get();
}

TEST(StreamNumbers, AreNotUsedAgainWhateverTheOrderOfWritesAndTheEndOfTheLaterStream) {
  HeldCatalog catalog;
  std::uint64_t highest = 0;
  for (int round = 0; round < 5; ++round) {
    Streams streams(catalog, Seal::Key{});
    const std::string a = "a" + std::to_string(round), b = "b" + std::to_string(round);
    catalog.held = {"k/s/000000000000/us-east-1/" + a};
    asio::io_context context;
    auto first = asio::co_spawn(context, streams.create(stream_named(a)), asio::use_future);
    auto second = asio::co_spawn(context, streams.create(stream_named(b)), asio::use_future);
    while (second.wait_for(std::chrono::seconds(0)) != std::future_status::ready) context.run_one();
    const StreamPtr later = second.get();
    EXPECT_GT(later->number, highest);
    catalog.held.clear();
    context.run();
    EXPECT_LT(first.get()->number, later->number);
    highest = later->number;
    run([](Streams& s, StreamPtr gone) -> asio::awaitable<void> {
      co_await s.remove(gone);
      co_await s.dropped(gone->number);
    }(streams, later));
  }
}

TEST(StreamNumbers, CostAWriteForManyStreams) {
  HeldCatalog catalog;
  Streams streams(catalog, Seal::Key{});
  for (int i = 0; i < 100; ++i) {
    const auto made = run(streams.create(stream_named("s" + std::to_string(i))));
    EXPECT_EQ(made->number, static_cast<std::uint64_t>(i + 1));
  }
  EXPECT_EQ(catalog.writes, 101);
}

// As two servers over one catalog do.
TEST(StreamNumbers, AreNotSharedByTwoStoresAndNeitherAreNames) {
  HeldCatalog catalog;
  Streams one(catalog, Seal::Key{}), other(catalog, Seal::Key{});
  asio::io_context context;
  std::set<std::uint64_t> numbers;
  int refused = 0;
  for (int i = 0; i < 60; ++i)
    asio::co_spawn(context, (i % 2 ? one : other).create(stream_named("s" + std::to_string(i / 3))),
                   [&](std::exception_ptr failed, const StreamPtr& made) {
                     refused += failed != nullptr;
                     if (made) numbers.insert(made->number);
                   });
  context.run();
  EXPECT_EQ(numbers.size(), 20u);
  EXPECT_EQ(refused, 40);
  EXPECT_EQ(one.all().size(), 20u);
  const StreamPtr stream = other.find("000000000000", "us-east-1", "s1");
  int tries = 0;
  run(one.update(stream, [&](Stream& s) {
    if (++tries == 1) run(other.update(stream, [](Stream& o) { o.retention_hours = 48; }));
    s.mode = "ON_DEMAND";
  }));
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(other.find(stream->number)->retention_hours, 48);
  EXPECT_EQ(other.find(stream->number)->mode, "ON_DEMAND");
  EXPECT_EQ(other.totals("000000000000", "us-east-1").on_demand_streams, 1);
}

TEST(StreamTotals, FollowEachChange) {
  HeldCatalog catalog;
  Streams streams(catalog, Seal::Key{});
  const auto open = [&] { return streams.totals("000000000000", "us-east-1").open_shards; };
  Stream large = stream_named("large");
  large.shards = even_shards(7, 1);
  large.mode = "ON_DEMAND";
  const StreamPtr made = run(streams.create(large));
  run(streams.create(stream_named("small")));
  EXPECT_EQ(open(), 8);
  EXPECT_EQ(streams.totals("000000000000", "us-east-1").on_demand_streams, 1);
  run(streams.update(made, [](Stream& s) { s.shards[0].closed_s = 2; }));
  EXPECT_EQ(open(), 7);
  Streams again(catalog, Seal::Key{});
  EXPECT_EQ(again.totals("000000000000", "us-east-1").open_shards, 7);
  run(streams.remove(streams.find(made->number)));
  EXPECT_EQ(open(), 1);
  EXPECT_EQ(streams.totals("000000000000", "us-east-1").on_demand_streams, 0);
  EXPECT_EQ(streams.totals("111111111111", "us-east-1").open_shards, 0);
}

TEST(StreamWaits, AWaitEndsWithTheChangeItWaitsFor) {
  HeldCatalog catalog;
  Streams streams(catalog, Seal::Key{});
  const StreamPtr made = run(streams.create(stream_named("s")));
  asio::io_context context;
  auto changed = asio::co_spawn(context, streams.changed(made), asio::use_future);
  auto late = asio::co_spawn(
      context,
      streams.until(made->number, std::chrono::steady_clock::now() + std::chrono::milliseconds(20),
                    [](const StreamPtr& s) { return !s; }),
      asio::use_future);
  context.poll();
  EXPECT_NE(changed.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  // From another thread, as other requests change streams.
  std::thread other([&] { run(streams.update(made, [](Stream& s) { s.retention_hours = 48; })); });
  context.run();
  other.join();
  EXPECT_EQ(changed.get()->retention_hours, 48);
  EXPECT_FALSE(late.get());
}

TEST(StreamWaits, ManyChangesOfOneStreamComeOneAfterTheOther) {
  HeldCatalog catalog;
  Streams streams(catalog, Seal::Key{});
  const StreamPtr made = run(streams.create(stream_named("s")));
  asio::io_context context;
  std::vector<std::future<StreamPtr>> changes;
  for (int i = 0; i < 50; ++i)
    changes.push_back(asio::co_spawn(context, streams.update(made, [](Stream& s) { ++s.retention_hours; }),
                                     asio::use_future));
  context.run();
  for (auto& change : changes) (void)change.get();
  EXPECT_EQ(streams.find(made->number)->retention_hours, made->retention_hours + 50);
}

}  // namespace
}  // namespace millrace::kinesis
