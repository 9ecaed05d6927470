// The log's files after a crash, and when the disk gives back other bytes than were written.
#include "storage/local/segments/frame.h"
#include "tests/unit/storage/local/segments_fixture.h"

namespace millrace::storage {
namespace {

TEST_F(SegmentsTest, AKilledStoreHoldsAllThatWasAcknowledged) {
  open();
  Strings all;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 40; ++i) {
      all.push_back(std::to_string(all.size()) + std::string(static_cast<std::size_t>(i * 3000), 'x'));
      append(kShard, {all.back()});
      if (i % 7 == 0) append(kOther, {"o"});
    }
    CatalogBatch rows;
    rows.put("round", std::to_string(round));
    ASSERT_TRUE(run(store->catalog().write(std::move(rows))));
    crash();
    open();
    EXPECT_EQ(store->trouble(), Strings());
    ASSERT_EQ(data_of(read(kShard, Index{0})), all);
    ASSERT_EQ(read(kOther, Index{0}).size(), static_cast<std::size_t>((round + 1) * 6));
    ASSERT_EQ(store->catalog().get("round").value(), std::to_string(round));
  }
}

TEST_F(SegmentsTest, RecordsLargerThanASegmentComeBackWhole) {
  options.segment_bytes = 64 << 10;
  open();
  Strings all;
  for (const std::size_t size : {100u, 500'000u, 3u, 100'000u, 70'000u}) {
    all.push_back(std::string(size, static_cast<char>('a' + all.size())));
    append(kShard, {all.back()});
  }
  EXPECT_EQ(data_of(read(kShard, Index{0})), all);
  crash();
  open();
  EXPECT_EQ(data_of(read(kShard, Index{0})), all);
}

TEST_F(SegmentsTest, AFrameThatWasBeingWrittenIsLeftOut) {
  open();
  append(kShard, {"first"});
  append(kShard, {"second"});
  append(kShard, {std::string(20'000, 'x') + "the last one"});
  crash();
  spoil_text("the last one");
  open();
  EXPECT_EQ(store->trouble(), Strings());
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"first", "second"}));
  EXPECT_EQ(append(kShard, {"third"}), Index{2});
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"first", "second", "third"}));
}

TEST_F(SegmentsTest, AFileThatEndsEarlyEndsTheLogThere) {
  open();
  append(kShard, {"first"});
  append(kShard, {"second " + std::string(9000, 's')});
  append(kShard, {"third " + std::string(9000, 't')});
  crash();
  const fs::path segment = segments().front();
  fs::resize_file(segment, *find(segment, "third") + 2000);
  open();
  EXPECT_EQ(read(kShard, Index{0}).size(), 2u);
  EXPECT_EQ(append(kShard, {"new"}), Index{2});
}

TEST_F(SegmentsTest, ASpoiltBlockIsToldAndTheRestIsServed) {
  open();
  for (const char* data : {"one", "two", "three", "four"}) append(kShard, {data});
  append(kOther, {"other"});
  reopen();
  spoil_text("two");
  EXPECT_EQ(data_of(read(kShard, Index{2})), (Strings{"three", "four"}));
  EXPECT_EQ(data_of(read(kOther, Index{0})), Strings{"other"});
  EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"one"});
  EXPECT_EQ(data_of(read(kShard, Index{1})), (Strings{"three", "four"}));
  EXPECT_EQ(append(kShard, {"five"}), Index{4});
}

TEST_F(SegmentsTest, WhatIsLiveInAMostlyDeadSegmentIsMoved) {
  options.segment_bytes = 256 << 10;
  open();
  Strings kept;
  for (int i = 0; i < 400; ++i) {
    append({2, 0}, {std::string(20'000, 'd')});
    if (i % 4 == 0) {
      kept.push_back(std::to_string(i));
      append(kShard, {kept.back()});
    }
  }
  ASSERT_GT(bytes_in_directory(), 8u << 20);
  ASSERT_TRUE(run(log().drop(2)));
  EXPECT_TRUE(eventually([this] { return bytes_in_directory() < 2u << 20; })) << bytes_in_directory();
  EXPECT_EQ(data_of(read(kShard, Index{0})), kept);
  crash();
  open();
  EXPECT_EQ(store->trouble(), Strings());
  EXPECT_EQ(data_of(read(kShard, Index{0})), kept);
}

TEST_F(SegmentsTest, ReadersGoOnWhileBlocksMove) {
  options.segment_bytes = 64 << 10;
  options.reclaim_delay = std::chrono::milliseconds(1);
  open();
  Strings kept;
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) {
      std::uint64_t next = 0;
      read(kShard, Index{0}).for_each([&](const Record& r) {
        EXPECT_EQ(r.index.value, next++);
        EXPECT_EQ(r.data.substr(0, r.data.find(' ')), std::to_string(r.index.value));
      });
    }
  });
  for (std::uint64_t stream = 10; stream < 40; ++stream) {
    for (int i = 0; i < 10; ++i) {
      append({stream, 0}, {std::string(15'000, 'd')});
      kept.push_back(std::to_string(kept.size()) + " " + std::string(500, 'k'));
      append(kShard, {kept.back()});
    }
    ASSERT_TRUE(run(log().drop(stream)));
  }
  stop = true;
  reader.join();
  EXPECT_EQ(data_of(read(kShard, Index{0})), kept);
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), kept);
}

TEST_F(SegmentsTest, ManyStartsLeaveFewFiles) {
  open();
  for (int i = 0; i < 30; ++i) {
    append(kShard, {std::to_string(i)});
    crash();
    open();
  }
  EXPECT_EQ(read(kShard, Index{0}).size(), 30u);
  EXPECT_LT(bytes_in_directory(), 12u << 20);
  ASSERT_TRUE(run(log().trim({{kShard, Index{29}}})));
  EXPECT_TRUE(eventually([this] { return segments().size() <= 5; })) << segments().size();
  EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"29"});
}

}  // namespace
}  // namespace millrace::storage
