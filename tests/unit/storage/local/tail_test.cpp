// What is known in memory of shards does not grow with the streams that have come and gone.
#include "storage/local/tail.h"

#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {
namespace {

Block block_of(Index first) {
  auto bytes = std::make_shared<Bytes>(kBlockHeaderBytes);
  const std::uint32_t count = 1;
  std::memcpy(bytes->data() + 4, &count, sizeof count);
  std::memcpy(bytes->data() + 8, &first.value, sizeof first.value);
  const std::string_view all(bytes->data(), bytes->size());
  return {all, std::move(bytes)};
}

TEST(TailCacheTest, EntriesOfTrimmedBlocksGoThoughAnOlderBlockStays) {
  Probes probes;
  TailCache cache(64 << 20, probes);
  const auto push = [&](const std::shared_ptr<Shard>& shard, Index first) {
    const std::lock_guard lock(shard->mutex);
    cache.push(shard, block_of(first));
  };
  const auto cold = std::make_shared<Shard>(ShardId{1, 0}, ShardState{});
  push(cold, {0});
  std::vector<std::weak_ptr<Shard>> gone;
  for (std::uint64_t stream = 2; stream < 20'000; ++stream) {
    const auto shard = std::make_shared<Shard>(ShardId{stream, 0}, ShardState{});
    gone.push_back(shard);
    push(shard, {0});
    {
      const std::lock_guard lock(shard->mutex);
      cache.trim(*shard, {1});
    }
    cache.evict();
    ASSERT_LE(cache.entries(), 2050u) << stream;
  }
  const auto held = std::count_if(gone.begin(), gone.end(), [](const auto& one) { return !one.expired(); });
  EXPECT_LE(held, 2050);
  EXPECT_EQ(cold->tail.size(), 1u) << "what is not trimmed stays";
}

class TailTest : public StoreTest {};

// Counts in the registry are the store's own; what a late caller sees of a dropped stream is nothing.
TEST_F(TailTest, ALateCallerDoesNotBringADroppedStreamBack) {
  open();
  for (std::uint64_t stream = 1; stream <= 50; ++stream) {
    append({stream, 0}, {"a"});
    ASSERT_TRUE(run(log().drop(stream)));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    const auto grown = run(log().wait({stream, 0}, {5}, deadline));
    ASSERT_TRUE(grown);
    EXPECT_FALSE(*grown);
    EXPECT_EQ(log().known_bounds({stream, 0}).next.value, 0u);
    EXPECT_EQ(try_append({stream, 0}, {"late"}).error().code, Errc::not_found);
  }
  EXPECT_EQ(store->shards_in_memory(), 0u);
}

}  // namespace
}  // namespace millrace::storage
