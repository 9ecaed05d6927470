// The log under many hands, and against a model.
#include <map>
#include <random>

#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {
namespace {

using namespace std::chrono_literals;

class StressTest : public StoreTest {};

// What one of the appenders was told.
struct Told {
  ShardId shard;
  Index first;
  Strings data;
};

asio::awaitable<void> append_some(ShardLog& log, int who, int times, std::vector<Told>& told) {
  for (int i = 0; i < times; ++i) {
    std::vector<ShardAppend> appends;
    std::vector<Strings> sent;
    for (std::uint32_t s = 0; s < 3; ++s) {
      if ((who + i) % 3 == static_cast<int>(s)) continue;
      RecordBatch batch;
      Strings data;
      for (int n = 0; n <= i % 3; ++n) {
        data.push_back(std::to_string(who) + "/" + std::to_string(i) + "/" + std::to_string(n) +
                       std::string(static_cast<std::size_t>((who * i) % 900), '.'));
        batch.add("k", data.back());
      }
      appends.push_back({{1, s}, std::move(batch)});
      sent.push_back(std::move(data));
    }
    std::vector<ShardId> shards;
    for (const auto& a : appends) shards.push_back(a.shard);
    const auto appended = co_await log.append(std::move(appends));
    for (std::size_t a = 0; a < shards.size(); ++a) {
      EXPECT_TRUE(appended[a]);
      if (!appended[a]) co_return;
      told.push_back({shards[a], appended[a]->runs.front().first, std::move(sent[a])});
    }
  }
}

// Reads a shard from its start, as a consumer does, until it has seen `records`.
asio::awaitable<void> follow(ShardLog& log, ShardId shard, std::uint64_t records, Strings& seen) {
  Index from{0};
  while (from.value < records) {
    const auto there = co_await log.wait(shard, from, std::chrono::steady_clock::now() + 20s);
    EXPECT_TRUE(there && *there);
    if (!there || !*there) co_return;
    const auto read = co_await log.read(shard, from, {50, 20'000});
    EXPECT_TRUE(read && !read->empty());
    if (!read || read->empty()) co_return;
    read->for_each([&](const Record& r) {
      EXPECT_EQ(r.index.value, seen.size());
      seen.emplace_back(r.data);
    });
    from = read->next();
  }
}

TEST_F(StressTest, ManyAppendersAndReadersAgreeOnTheLog) {
  options.tail_cache_bytes = 64 << 10;  // so that readers go to both
  open();
  constexpr int kThreads = 4, kAppenders = 8, kTimes = 30;
  std::vector<std::vector<Told>> told(kThreads * kAppenders);
  std::uint64_t records[3] = {};
  for (int who = 0; who < kThreads * kAppenders; ++who) {
    for (int i = 0; i < kTimes; ++i) {
      for (int s = 0; s < 3; ++s)
        records[s] += (who + i) % 3 == s ? 0 : static_cast<std::uint64_t>(i % 3 + 1);
    }
  }
  Strings seen[kThreads][3];
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      asio::io_context context;
      for (int a = 0; a < kAppenders; ++a) {
        const int who = t * kAppenders + a;
        asio::co_spawn(context, append_some(log(), who, kTimes, told[static_cast<std::size_t>(who)]),
                       asio::detached);
      }
      for (std::uint32_t s = 0; s < 3; ++s) {
        asio::co_spawn(context, follow(log(), {1, s}, records[s], seen[t][s]), asio::detached);
      }
      context.run();
    });
  }
  for (auto& t : threads) t.join();
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> expected;
  for (const auto& one : told) {
    for (const Told& t : one) {
      for (std::size_t n = 0; n < t.data.size(); ++n) {
        EXPECT_TRUE(expected.try_emplace({t.shard.shard, t.first.value + n}, t.data[n]).second);
      }
    }
  }
  for (std::uint32_t s = 0; s < 3; ++s) {
    Strings all;
    for (const auto& [at, data] : expected) {
      if (at.first == s) all.push_back(data);
    }
    ASSERT_EQ(all.size(), records[s]);
    for (int t = 0; t < kThreads; ++t) EXPECT_EQ(seen[t][s], all);
    EXPECT_EQ(data_of(read({1, s}, Index{0})), all);
  }
}

struct ModelShard {
  std::vector<std::pair<std::string, std::int64_t>> records;  // data, arrival
  std::size_t trim = 0;
  bool closed = false;
};

TEST_F(StressTest, ARandomWalkMatchesTheModel) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  options.tail_cache_bytes = 8 << 10;
  options.reclaim_delay = 5ms;
  open();
  std::int64_t now = 1'000'000;
  clock.set(now);
  std::map<std::uint32_t, ModelShard> model;
  for (int step = 0; step < 1500; ++step) {
    const auto number = static_cast<std::uint32_t>(below(4));
    const ShardId id{5, number};
    ModelShard& shard = model[number];
    const std::size_t size = shard.records.size();
    const std::size_t what = below(100);
    if (what < 45) {
      Strings data(1 + below(5));
      for (auto& d : data)
        d = std::to_string(step) + std::string(below(10) == 0 ? below(9000) : below(100), 'x');
      const auto appended = try_append(id, data);
      ASSERT_EQ(appended.has_value(), !shard.closed);
      if (!appended) continue;
      ASSERT_EQ(appended->runs.front().first.value, size);
      const std::int64_t arrival = size ? std::max(now, shard.records.back().second) : now;
      ASSERT_EQ(appended->runs.front().arrival, at_ms(arrival));
      for (auto& d : data) shard.records.emplace_back(std::move(d), arrival);
    } else if (what < 75) {
      const std::size_t from = below(size + 1), limit = 1 + below(30);
      const Records records = read(id, Index{from}, {static_cast<std::uint32_t>(limit), 1 << 30});
      const std::size_t start = std::max(from, shard.trim), end = std::min(size, start + limit);
      Strings expected;
      for (std::size_t i = start; i < end; ++i) expected.push_back(shard.records[i].first);
      ASSERT_EQ(data_of(records), expected);
      ASSERT_EQ(records.next().value, end);
      ASSERT_EQ(records.end().value, size);
      if (end < size) ASSERT_EQ(records.next_arrival(), at_ms(shard.records[end].second));
    } else if (what < 85) {
      const std::int64_t time = now - 5000 + static_cast<std::int64_t>(below(6000));
      std::size_t expected = shard.trim;
      while (expected < size && shard.records[expected].second < time) ++expected;
      ASSERT_EQ(find(id, time).value, expected);
    } else if (what < 90) {
      now += static_cast<std::int64_t>(below(3000)) - 500;
      clock.set(now);
    } else if (what < 95) {
      const std::size_t before = below(size + 3);
      ASSERT_TRUE(run(log().trim({{id, Index{before}}})));
      shard.trim = std::max(shard.trim, std::min(before, size));
    } else if (what < 96 && step > 1000) {
      ASSERT_EQ(run(log().close({id})).value().front().value, size);
      shard.closed = true;
    } else if (what < 98) {
      reopen();
    }
    ASSERT_EQ(bounds(id).first.value, shard.trim);
    ASSERT_EQ(bounds(id).next.value, shard.records.size());
  }
}

}  // namespace
}  // namespace millrace::storage
