// What a reader gets where the disk gives back other bytes than were written: what is whole, and an end to
// what is not.
#include "tests/unit/storage/local/damaged_store.h"

namespace millrace::storage {
namespace {

constexpr ShardId kShard{1, 0}, kOther{1, 1};

class DamagedReadsTest : public DamagedStore {
 protected:
  // A block each, 100 ms apart.
  void append_blocks(std::initializer_list<const char*> data) {
    for (const char* d : data) {
      append(kShard, {d});
      clock.advance(std::chrono::milliseconds(100));
    }
  }
  static std::pair<std::uint64_t, std::uint64_t> range(const Loss& loss) {
    return {loss.first.value, loss.next.value};
  }
  using Range = std::pair<std::uint64_t, std::uint64_t>;
};

TEST_F(DamagedReadsTest, WhatIsBeforeADamagedBlockComesFirstAndThenWhatIsBehind) {
  open();
  append_blocks({"zero", "one", "two", "three", "four"});
  while_closed([this] { spoil("two"); });
  const Records before = read(kShard, Index{0});
  EXPECT_EQ(data_of(before), (Strings{"zero", "one"}));
  EXPECT_EQ(before.next(), Index{2});
  EXPECT_LT(before.next(), before.end()) << "the reader is not told that it is at the end";
  EXPECT_EQ(before.next_arrival(), at_ms(1'700'000'000'100)) << "of the newest record before";
  EXPECT_EQ(data_of(read(kShard, before.next())), (Strings{"three", "four"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(read_to_end(kShard, Index{0}).data.size(), 4u);
  EXPECT_EQ(read_to_end(kShard, Index{0}, 1).data, (Strings{"zero", "one", "three", "four"}));
  ASSERT_EQ(told.size(), 1u) << "each loss is told once";
  EXPECT_EQ(range(told[0]), Range(2, 3));
  EXPECT_EQ(told[0].cause, Loss::Cause::block);
  EXPECT_NE(told[0].detail.find("segment 1"), std::string::npos) << told[0].detail;
}

TEST_F(DamagedReadsTest, TheFirstBlockMayBeDamaged) {
  open();
  append_blocks({"zero", "one"});
  while_closed([this] { spoil("zero"); });
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, Strings{"one"});
  EXPECT_EQ(range(told.at(0)), Range(0, 1));
}

TEST_F(DamagedReadsTest, ADamagedLastBlockDoesNotGiveItsIndexesAway) {
  open();
  append_blocks({"zero", "one"});
  append(kShard, {"two", "2nd", "3rd"});
  while_closed([this] { spoil("2nd"); });
  EXPECT_EQ(bounds(kShard).next, Index{5});
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "one"}));
  EXPECT_EQ(append(kShard, {"five"}), Index{5});
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "one", "five"}));
  EXPECT_EQ(range(told.at(0)), Range(2, 5));
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(DamagedReadsTest, ADamagedLastBlockWhoseHeadIsDamagedTooDoesNotGiveItsIndexesAway) {
  open();
  append_blocks({"zero", "one"});
  append(kShard, {"two", "2nd", "3rd"});
  // The block, and the entry of the frame's table in front of it.
  while_closed([this] {
    spoil("2nd");
    spoil("two", kBlockHeaderBytes + kRecordHeaderBytes + 3 + 20);
  });
  EXPECT_GE(bounds(kShard).next, Index{5});
  const Index next = append(kShard, {"next"});
  EXPECT_GE(next, Index{5});
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "one", "next"}));
}

TEST_F(DamagedReadsTest, AShardOfNothingButDamagedBlocksEnds) {
  open();
  append_blocks({"zero", "one", "two"});
  while_closed([this] {
    for (const char* text : {"zero", "one", "two"}) spoil(text);
  });
  const Records records = read(kShard, Index{0});
  EXPECT_TRUE(records.empty());
  EXPECT_EQ(records.next(), records.end());
  EXPECT_EQ(records.next(), Index{3});
  ASSERT_EQ(losses.all().size(), 1u) << "ranges that follow one another are one";
  EXPECT_EQ(range(losses.all()[0]), Range(0, 3));
  append(kShard, {"three"});
  EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"three"});
}

TEST_F(DamagedReadsTest, ALongStretchIsPassedOverInPartsAndNobodyIsToldThatItIsTheEnd) {
  open();
  for (int i = 0; i < 300; ++i) append(kShard, {"<" + std::to_string(i) + ">"});
  while_closed([this] {
    for (int i = 10; i < 290; ++i) spoil("<" + std::to_string(i) + ">");
  });
  const Read all = read_to_end(kShard, Index{0});
  EXPECT_EQ(all.data.size(), 20u);
  EXPECT_GT(all.empty, 1) << "a call passes over a bounded number of them";
  EXPECT_LT(all.answers, 20);
  ASSERT_EQ(losses.all().size(), 1u);
  EXPECT_EQ(range(losses.all()[0]), Range(10, 290));
}

TEST_F(DamagedReadsTest, MissingRowsOfTheIndexAreNeverSilent) {
  open();
  append_blocks({"zero", "one", "two", "three", "four"});
  while_closed([this] {
    change_rows(kLog, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log) {
      for (const std::uint64_t i : {1, 2}) ASSERT_TRUE(db.Delete({}, log, log_key(kShard, Index{i})).ok());
    });
  });
  EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"zero"});
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "three", "four"}));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(range(told[0]), Range(1, 3));
  EXPECT_EQ(told[0].cause, Loss::Cause::index);
}

TEST_F(DamagedReadsTest, AMissingFirstRowIsNotTakenForATrim) {
  open();
  append_blocks({"zero", "one"});
  while_closed([this] {
    change_rows(kLog, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log) {
      ASSERT_TRUE(db.Delete({}, log, log_key(kShard, Index{0})).ok());
    });
  });
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, Strings{"one"});
  EXPECT_EQ(range(told.at(0)), Range(0, 1));
}

TEST_F(DamagedReadsTest, ADamagedRowOfTheIndexIsPassedOver) {
  open();
  append_blocks({"zero", "one", "two", "three"});
  while_closed([this] {
    change_rows(kLog, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log) {
      ASSERT_TRUE(db.Put({}, log, log_key(kShard, Index{1}), "short").ok());
      ASSERT_TRUE(db.Put({}, log, log_key(kShard, Index{3}), "short").ok());
    });
  });
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, (Strings{"zero", "two"}));
  EXPECT_EQ(append(kShard, {"four"}), Index{4});
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(range(told[0]), Range(1, 2));
  EXPECT_EQ(range(told[1]), Range(3, 4));
}

TEST_F(DamagedReadsTest, ADamagedFileOfTheIndexIsPassedOver) {
  open();
  constexpr int kBlocks = 2000;
  for (int i = 0; i < kBlocks; ++i) append(kShard, {std::to_string(i)});
  while_closed([this] {
    // The largest file is that of the log's rows.
    std::filesystem::path largest;
    std::uintmax_t most = 0;
    for (const auto& file : std::filesystem::directory_iterator(options.dir))
      if (file.path().extension() == ".sst" && file.file_size() > most) {
        most = file.file_size();
        largest = file.path();
      }
    std::ifstream in(largest, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    spoil_byte(largest, bytes.size() / 2, bytes[bytes.size() / 2]);
    options.index_check_bytes = 0;  // a start would refuse it: this is of an index too large to read then
  });
  const Read all = read_to_end(kShard, Index{0});
  std::uint64_t lost = 0;
  for (const Loss& loss : losses.all()) lost += loss.records();
  EXPECT_EQ(all.data.size() + lost, static_cast<std::size_t>(kBlocks));
  EXPECT_GT(lost, 0u);
  EXPECT_GT(all.data.size(), kBlocks / 2u);
  EXPECT_EQ(all.data.back(), std::to_string(kBlocks - 1));
}

TEST_F(DamagedReadsTest, TimesAreFoundAroundDamagedBlocks) {
  open();
  for (int i = 0; i < 30; ++i) append_blocks({("<" + std::to_string(i) + ">").c_str()});
  const auto ms = [](int i) { return 1'700'000'000'000 + 100 * i; };
  while_closed([this] {
    for (const int i : {4, 5, 6, 15, 29}) spoil("<" + std::to_string(i) + ">");
  });
  for (int i = 0; i < 30; ++i) {
    const std::uint64_t found = find(kShard, ms(i)).value;
    // Of damaged blocks it is not known when they arrived.
    const std::set<int> damaged = {4, 5, 6, 15, 29};
    int least = i;
    while (damaged.contains(least - 1)) --least;
    while (damaged.contains(least) && damaged.contains(least - 1)) --least;
    EXPECT_LE(found, static_cast<std::uint64_t>(i)) << i;
    EXPECT_GE(found, static_cast<std::uint64_t>(least)) << i;
  }
  EXPECT_EQ(find(kShard, ms(30)), Index{30});
  EXPECT_EQ(find(kShard, ms(8)).value, 8u) << "what is before a block that arrived too early did so, too";
}

TEST_F(DamagedReadsTest, TimesAreFoundWithoutTheFamilyOfTimes) {
  open();
  for (int i = 0; i < 50; ++i) append_blocks({("<" + std::to_string(i) + ">").c_str()});
  const auto ms = [](int i) { return 1'700'000'000'000 + 100 * i; };
  for (const bool gone : {false, true}) {
    while_closed([&] {
      change_rows(kTimes, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* times) {
        for (int second = 0; second < 5; ++second) {
          const std::string key = time_key(kShard, 1'700'000'000 + second);
          ASSERT_TRUE((gone ? db.Delete({}, times, key) : db.Put({}, times, key, "short")).ok());
        }
      });
    });
    for (const int i : {0, 1, 10, 25, 37, 49}) EXPECT_EQ(find(kShard, ms(i)).value, static_cast<unsigned>(i));
    EXPECT_EQ(find(kShard, ms(50)), Index{50});
  }
}

TEST_F(DamagedReadsTest, AFailingDiskIsAnErrorAndNoLoss) {
  std::atomic<int> failures = 0;
  options.file_system = std::make_shared<FailingReads>(failures);
  open();
  append_blocks({"zero", "one", "two"});
  reopen();
  EXPECT_EQ(bounds(kShard).next, Index{3});
  failures = 1;
  EXPECT_EQ(read_to_end(kShard, Index{0}).data.size(), 3u) << "once may be chance";
  failures = 1000;
  const auto failed = run(log().read(kShard, Index{0}, {10, 1000}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::io);
  failures = 0;
  EXPECT_EQ(read_to_end(kShard, Index{0}).data.size(), 3u);
  EXPECT_TRUE(told.empty());
  store.reset();
}

TEST_F(DamagedReadsTest, RetentionGoesPastDamagedBlocks) {
  open();
  append_blocks({"zero", "one", "two"});
  append(kOther, {"other"});
  while_closed([this] {
    spoil("one");
    spoil("two");
  });
  ASSERT_TRUE(run(log().trim({{kShard, Index{2}}, {kOther, Index{1}}})));
  EXPECT_EQ(bounds(kShard).first, Index{2});
  EXPECT_EQ(bounds(kOther).first, Index{1});
  ASSERT_TRUE(run(log().trim({{kShard, Index{3}}})));
  append(kShard, {"three"});
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"three"});
  EXPECT_TRUE(told.empty()) << "what was trimmed is not lost";
}

}  // namespace
}  // namespace millrace::storage
