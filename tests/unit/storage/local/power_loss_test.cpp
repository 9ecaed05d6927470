// The power goes: of what was written and not yet synced, anything may be on the disk. What was acknowledged
// is.
#include <random>

#include "tests/unit/storage/local/fixture.h"
#include "tests/unit/storage/local/lossy_files.h"

namespace millrace::storage {
namespace {

class PowerLossTest : public StoreTest {
 protected:
  ~PowerLossTest() override { store.reset(); }  // before its disk
  Disk disk;
};

TEST_F(PowerLossTest, WhatWasAcknowledgedIsThereInOrderAndOnce) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  options.file_system = std::make_shared<LossyFiles>(disk);
  options.durability = Durability::fsync;
  options.segment_bytes = 256 << 10;
  options.reclaim_delay = std::chrono::milliseconds(1);
  options.tail_cache_bytes = 0;
  open();
  constexpr std::uint32_t kShards = 3;
  Strings acknowledged[kShards];
  std::uint64_t trimmed[kShards] = {};
  std::string row;
  int rows_written = 0;
  for (int round = 0; round < 12; ++round) {
    // Appends, trims and rows; some are under way when the power goes.
    const int steps = static_cast<int>(random() % 25) + 1;
    std::atomic<int> left = steps;
    std::thread cutter([&] {
      while (left > 0) std::this_thread::yield();
      disk.cut();
    });
    Strings unsure[kShards];
    for (int i = 0; i < steps + 3; ++i) {
      const auto s = static_cast<std::uint32_t>(random() % kShards);
      Strings data;
      for (std::size_t n = 0; n <= random() % 3; ++n)
        data.push_back(std::to_string(round) + "/" + std::to_string(i) +
                       std::string(random() % 10 == 0 ? random() % 100'000 : random() % 3000, 'x'));
      const auto appended = try_append({1, s}, data);
      Strings& to = appended ? acknowledged[s] : unsure[s];
      to.insert(to.end(), data.begin(), data.end());
      if (i % 6 == 5) {
        const std::uint64_t before = acknowledged[s].size() / 2;
        if (run(log().trim({{{1, s}, Index{before}}}))) trimmed[s] = std::max(trimmed[s], before);
      }
      if (i % 5 == 4) {
        CatalogBatch rows;
        const std::string value = std::to_string(1'000'000 + ++rows_written);  // compares as the number does
        rows.put("row", value);
        if (run(store->catalog().write(std::move(rows)))) row = value;
      }
      if (i % 4 == 3) {  // not synced: what comes behind it may be on the disk without it
        CatalogBatch rows;
        rows.put("lazy", std::string(random() % 12'000, 'l'));
        (void)run(store->catalog().write(std::move(rows), Sync::lazy));
      }
      --left;
      if (!appended) break;
    }
    left = 0;
    cutter.join();
    EXPECT_FALSE(try_append({1, 0}, {"nobody is told that this is there"}));
    store.reset();
    disk.lose(random);
    open();
    EXPECT_GE(store->catalog().get("row").value().value_or(""), row);
    for (std::uint32_t s = 0; s < kShards; ++s) {
      // A trim that was under way may have come to pass.
      const std::uint64_t first = bounds({1, s}).first.value;
      ASSERT_GE(first, trimmed[s]);
      trimmed[s] = first;
      const Strings found = data_of(read({1, s}, Index{0}));
      Strings expected(acknowledged[s].begin() +
                           static_cast<std::ptrdiff_t>(std::min<std::size_t>(first, acknowledged[s].size())),
                       acknowledged[s].end());
      const std::size_t sure = expected.size();
      expected.insert(expected.end(), unsure[s].begin(), unsure[s].end());
      ASSERT_GE(found.size(), sure) << "shard " << s << ", round " << round;
      ASSERT_LE(found.size(), expected.size());
      expected.resize(found.size());
      ASSERT_EQ(found, expected) << "shard " << s << ", round " << round;
      if (found.size() > sure)
        acknowledged[s].insert(acknowledged[s].end(), found.begin() + static_cast<std::ptrdiff_t>(sure),
                               found.end());
    }
  }
}

}  // namespace
}  // namespace millrace::storage
