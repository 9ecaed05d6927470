// A copy that is made while the store is used.
#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

constexpr ShardId kShard{1, 0};

class BackupTest : public StoreTest {
 protected:
  BackupTest() : copy(options.dir.string() + "-copy") { fs::remove_all(copy); }
  ~BackupTest() override { fs::remove_all(copy); }

  // Reads the copy, as a store of its own.
  Strings records_of_copy() {
    RocksOptions o = options;
    o.dir = copy;
    auto opened = LocalStore::open(o);
    EXPECT_TRUE(opened) << opened.error().detail;
    if (!opened) return {};
    EXPECT_EQ((*opened)->trouble(), Strings());
    const auto records = run((*opened)->log().read(kShard, Index{0}, {1'000'000, 1 << 30}));
    EXPECT_TRUE(records) << records.error().detail;
    return records ? data_of(*records) : Strings();
  }

  const fs::path copy;
};

TEST_F(BackupTest, TheCopyHasAllThatWasAcknowledged) {
  open();
  Strings all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i) * 100, 'x'));
    append(kShard, {all.back()});
  }
  CatalogBatch rows;
  rows.put("key", "value");
  ASSERT_TRUE(run(store->catalog().write(std::move(rows))));
  const auto copied = store->backup(copy);
  ASSERT_TRUE(copied) << copied.error().detail;
  EXPECT_GT(copied->bytes, 2'000'000u);
  append(kShard, {"after"});
  EXPECT_EQ(records_of_copy(), all);
  EXPECT_EQ(data_of(read(kShard, Index{0})).size(), 201u) << "the store goes on";
}

TEST_F(BackupTest, ADirectoryThatIsThereIsRefused) {
  open();
  append(kShard, {"a"});
  fs::create_directory(copy);
  EXPECT_FALSE(store->backup(copy));
}

// Appends, and streams that come and go so that segments are cleaned and used again, all the while.
TEST_F(BackupTest, TheCopyIsABeginningOfWhatGoesOn) {
  options.segment_bytes = 128 << 10;
  options.reclaim_delay = std::chrono::milliseconds(1);
  open();
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> acknowledged = 0;
  const auto record = [](std::size_t i) { return std::to_string(i) + " " + std::string(i * 37 % 3000, 'k'); };
  std::thread appender([&] {
    for (std::size_t i = 0; !stop; ++i) {
      if (try_append(kShard, {record(i)})) ++acknowledged;
    }
  });
  std::thread churn([&] {
    for (std::uint64_t stream = 100; !stop; ++stream) {
      for (int i = 0; i < 5; ++i) (void)try_append({stream, 0}, {std::string(40'000, 'd')});
      (void)run(log().drop(stream));
    }
  });
  for (int round = 0; round < 8; ++round) {
    const std::size_t before = acknowledged;
    ASSERT_TRUE(eventually([&] { return acknowledged > before + 50; }));
    const std::size_t sure = acknowledged;
    const auto copied = store->backup(copy);
    ASSERT_TRUE(copied) << copied.error().detail;
    const Strings found = records_of_copy();
    ASSERT_GE(found.size(), sure);
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], record(i));
    fs::remove_all(copy);
  }
  stop = true;
  appender.join();
  churn.join();
}

}  // namespace
}  // namespace millrace::storage
