// Rows of the index that are missing or damaged at the end of a shard, and what is kept of losses.
#include "storage/local/repair.h"
#include "tests/unit/storage/local/damaged_store.h"

namespace millrace::storage {
namespace {

constexpr ShardId kShard{1, 0}, kOther{1, 1}, kElsewhere{2, 0};

class MissingRowsTest : public DamagedStore {
 protected:
  void remove_row(ShardId shard, Index first) {
    change_rows(kLog, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log) {
      EXPECT_TRUE(db.Delete({}, log, log_key(shard, first)).ok());
    });
  }
  void expect_lost(Index first, Index next) {
    ASSERT_EQ(losses.all().size(), 1u);
    EXPECT_EQ(losses.all()[0].first, first);
    EXPECT_EQ(losses.all()[0].next, next);
    EXPECT_EQ(losses.all()[0].cause, Loss::Cause::index);
  }
  // As a new process has them.
  void forget_losses() {
    for (const std::uint64_t stream : {1, 2}) losses.forget(stream);
    told.clear();
  }
};

TEST_F(MissingRowsTest, AMissingLastRowShowsAndGivesNoIndexAway) {
  open();
  append(kShard, {"zero"});
  append(kShard, {"one", "two"});
  while_closed([this] { remove_row(kShard, Index{1}); });
  EXPECT_EQ(bounds(kShard).next, Index{3});
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, Strings{"zero"});
  expect_lost(Index{1}, Index{3});
  EXPECT_EQ(append(kShard, {"three"}), Index{3});
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "three"}));
}

TEST_F(MissingRowsTest, AMissingOnlyRowShowsToo) {
  open();
  append(kShard, {"zero"});
  append(kOther, {"other"});
  while_closed([this] { remove_row(kShard, Index{0}); });
  EXPECT_EQ(bounds(kShard).next, Index{1});
  EXPECT_TRUE(read_to_end(kShard, Index{0}).data.empty());
  expect_lost(Index{0}, Index{1});
  EXPECT_EQ(append(kShard, {"one"}), Index{1});
  // The index is made anew, and the record is there again.
  store.reset();
  ASSERT_TRUE(repair(options));
  forget_losses();
  open();
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "one"}));
  EXPECT_TRUE(losses.all().empty());
}

TEST_F(MissingRowsTest, ADroppedStreamIsNotMissing) {
  open();
  append(kShard, {"kept"});
  append(kElsewhere, {std::string(1000, 'd')});
  ASSERT_TRUE(run(log().drop(2)));
  for (int i = 0; i < 3; ++i) {
    reopen();
    EXPECT_EQ(bounds(kElsewhere).next, Index{0});
    EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"kept"});
    std::this_thread::sleep_for(options.reclaim_delay * 3);  // the reclaimer is through with it, or not
  }
  EXPECT_TRUE(losses.all().empty());
  // Once no segment names the stream, nothing is kept of it.
  ASSERT_TRUE(run(log().drop(1)));
  const auto drops = [this] {
    int rows = 0;
    change_rows(kMeta, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
      const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator({}, meta));
      for (it->Seek("D"); it->Valid() && it->key()[0] == 'D'; it->Next()) ++rows;
    });
    return rows;
  };
  for (int i = 0; i < 100; ++i) {
    append({3, 0}, {std::string(300'000, 'x')});
    ASSERT_TRUE(run(log().trim({{{3, 0}, Index{static_cast<std::uint64_t>(i)}}})));
    if (i % 10 != 9) continue;
    std::this_thread::sleep_for(options.reclaim_delay * 3);
    reopen();
    int left = 0;
    while_closed([&] { left = drops(); });
    if (left == 0) return;
  }
  FAIL() << "rows of dropped streams stay";
}

TEST_F(MissingRowsTest, AStreamThatAnEarlierVersionDroppedIsNotMissing) {
  open();
  append(kShard, {"kept"});
  append(kElsewhere, {"dropped"});
  ASSERT_TRUE(run(log().drop(2)));
  while_closed([this] {
    change_rows(kMeta, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
      for (const std::string& key : {drop_key(2), std::string(kDropsKeptKey)})
        EXPECT_TRUE(db.Delete({}, meta, key).ok());
    });
    change_rows(kLog, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log) {
      EXPECT_TRUE(db.Delete({}, log, log_key(kElsewhere, Index{0})).ok());
    });
  });
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bounds(kElsewhere).next, Index{0});
    EXPECT_EQ(bounds(kShard).next, Index{1});
    reopen();
  }
}

TEST_F(MissingRowsTest, ADamagedRowOfAShardStopsThatShardAlone) {
  open();
  append(kShard, {"zero", "one"});
  append(kOther, {"other"});
  ASSERT_TRUE(run(log().trim({{kShard, Index{1}}})));
  while_closed([this] {
    change_rows(kMeta, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
      EXPECT_TRUE(db.Put({}, meta, shard_key(kShard), "no row").ok());
    });
  });
  const auto failed = run(log().read(kShard, Index{0}, {10, 1000}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::corrupt);
  EXPECT_NE(failed.error().detail.find("stream number 1, shard 0"), std::string::npos);
  EXPECT_NE(failed.error().detail.find("`millrace repair`"), std::string::npos);
  EXPECT_FALSE(try_append(kShard, {"more"}));
  EXPECT_EQ(losses.unreadable().size(), 1u);
  EXPECT_EQ(data_of(read(kOther, Index{0})), Strings{"other"});
  EXPECT_EQ(append(kOther, {"more"}), Index{1});
  store.reset();
  const auto repaired = repair(options);
  ASSERT_TRUE(repaired) << repaired.error().detail;
  open();
  EXPECT_EQ(append(kShard, {"two"}), Index{2});
  EXPECT_EQ(data_of(read(kOther, Index{0})), (Strings{"other", "more"}));
}

TEST_F(MissingRowsTest, ADamagedRowOfAShardInASnapshotIsSaidByARepair) {
  open();
  append(kShard, {"zero", "one"});
  ASSERT_TRUE(run(log().trim({{kShard, Index{1}}})));
  store.reset();
  // The row is the log's own, too.
  change_rows(kMeta, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta) {
    EXPECT_TRUE(db.Put({}, meta, shard_key(kShard), "no row").ok());
  });
  open();
  for (int i = 0; i < 30; ++i) append(kElsewhere, {std::string(200'000, 'x')});
  ASSERT_TRUE(run(log().drop(2)));
  const auto snapshots = options.dir / "snapshots";
  ASSERT_TRUE(eventually([&] {
    std::error_code none;
    return std::filesystem::directory_iterator(snapshots, none) != std::filesystem::directory_iterator();
  }));
  store.reset();
  const auto repaired = repair(options);
  ASSERT_TRUE(repaired) << repaired.error().detail;
  ASSERT_EQ(repaired->lost.size(), 1u);
  EXPECT_NE(repaired->lost[0].find("stream number 1, shard 0: the row of the shard is damaged"),
            std::string::npos);
  open();
  EXPECT_EQ(append(kShard, {"two"}), Index{2});
}

TEST_F(MissingRowsTest, LossesAreKnownAfterARestart) {
  open();
  append(kShard, {"zero"});
  append(kShard, {"one"});
  append(kShard, {"two"});
  append(kElsewhere, {"elsewhere"});
  while_closed([this] {
    spoil("one");
    spoil("elsewhere");
  });
  EXPECT_EQ(read_to_end(kShard, Index{0}).data.size(), 2u);
  (void)read_to_end(kElsewhere, Index{0});
  EXPECT_EQ(told.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    while_closed([this] { forget_losses(); });
    ASSERT_EQ(losses.all().size(), 2u);
    EXPECT_EQ(losses.all()[0].first, Index{1});
    EXPECT_EQ(losses.all()[0].next, Index{2});
    EXPECT_NE(losses.all()[0].detail.find("segment 1"), std::string::npos);
    EXPECT_EQ(read_to_end(kShard, Index{0}).data.size(), 2u);
    EXPECT_TRUE(told.empty()) << "a loss is told once";
  }
  ASSERT_TRUE(run(log().drop(2)));
  while_closed([this] { forget_losses(); });
  EXPECT_EQ(losses.all().size(), 1u);
  ASSERT_TRUE(run(log().trim({{kShard, Index{2}}})));
  EXPECT_TRUE(losses.all().empty());
  while_closed([this] { forget_losses(); });
  EXPECT_TRUE(losses.all().empty());
}

TEST_F(MissingRowsTest, LossesSurviveAKill) {
  open();
  append(kShard, {"zero"});
  append(kShard, {"one"});
  while_closed([this] { spoil("zero"); });
  (void)read_to_end(kShard, Index{0});
  ASSERT_EQ(losses.all().size(), 1u);
  const auto copy = options.dir.string() + "-copy";
  const auto dir = options.dir;
  const auto kept = [&] {
    std::filesystem::remove_all(copy);
    std::error_code changed;  // while it was copied
    std::filesystem::copy(dir, copy, std::filesystem::copy_options::recursive, changed);
    if (changed) return false;
    Losses found;
    RocksOptions o = options;
    o.dir = copy;
    o.losses = &found;
    auto opened = LocalStore::open(o);
    if (!opened) return false;
    opened->reset();
    return found.all().size() == 1;
  };
  EXPECT_TRUE(eventually(kept));
  std::filesystem::remove_all(copy);
}

TEST_F(MissingRowsTest, WhatCanBeReadAgainIsNotLost) {
  open();
  append(kShard, {"zero"});
  append(kShard, {"one"});
  while_closed([this] { spoil("zero"); });
  (void)read_to_end(kShard, Index{0});
  ASSERT_EQ(losses.all().size(), 1u);
  while_closed([this] {
    spoil("jero");  // put right: 'z' ^ 0x10 is 'j'
    forget_losses();
  });
  EXPECT_TRUE(losses.all().empty());
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "one"}));
}

}  // namespace
}  // namespace millrace::storage
