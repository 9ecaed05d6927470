#include "storage/records.h"

#include <gtest/gtest.h>

namespace millrace::storage {
namespace {

// A block as an engine stores it: the batch's bytes with the header filled in.
Block block_of(RecordBatch batch, Index first, Time arrival) {
  auto bytes = std::make_shared<Bytes>(std::move(batch.bytes()));
  const std::uint32_t count = batch.count();
  const std::int64_t ms = arrival.time_since_epoch().count();
  (*bytes)[0] = 1;
  std::memcpy(bytes->data() + 4, &count, sizeof count);
  std::memcpy(bytes->data() + 8, &first.value, sizeof first.value);
  std::memcpy(bytes->data() + 16, &ms, sizeof ms);
  return {{bytes->data(), bytes->size()}, bytes};
}

Block three_records() {
  RecordBatch batch;
  batch.add("k0", "zero");
  batch.add("", "one");
  batch.add("k2", "");
  return block_of(std::move(batch), Index{10}, Time(std::chrono::milliseconds(5)));
}

TEST(Records, TakeReturnsKeysAndDataFromTheIndexOn) {
  Records records(Index{11});
  EXPECT_TRUE(records.take(three_records(), Index{11}, 100, 1 << 20));
  std::vector<std::string> seen;
  records.for_each([&](const Record& r) {
    seen.push_back(std::to_string(r.index.value) + ":" + std::string(r.key) + "=" + std::string(r.data));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"11:=one", "12:k2="}));
  EXPECT_EQ(records.next(), Index{13});
}

TEST(Records, TakeStopsAtTheRecordLimit) {
  Records records(Index{10});
  EXPECT_FALSE(records.take(three_records(), Index{10}, 2, 1 << 20));
  EXPECT_EQ(records.size(), 2u);
  EXPECT_EQ(records.next(), Index{12});
}

TEST(Records, TheFirstRecordIsTakenWhateverItsSize) {
  Records records(Index{10});
  EXPECT_FALSE(records.take(three_records(), Index{10}, 100, 1));
  EXPECT_EQ(records.size(), 1u);
}

TEST(Records, WhetherARecordIsSealedStaysWithIt) {
  RecordBatch batch;
  batch.add("plain", "data");
  const std::string key(1024, 'k'), data(100'000, 'd');
  data.copy(batch.add_space(key, data.size(), Sealed::yes).data(), data.size());
  batch.add("plain", "again");
  Records records(Index{0});
  EXPECT_TRUE(records.take(block_of(std::move(batch), Index{0}, Time()), Index{0}, 100, 1 << 20));
  EXPECT_EQ(records.sealed(), 1u);
  EXPECT_EQ(records.bytes(), 5 + 4 + key.size() + data.size() + 5 + 5);
  std::vector<Sealed> seen;
  records.for_each([&](const Record& r) {
    seen.push_back(r.sealed);
    if (r.sealed == Sealed::yes) EXPECT_TRUE(r.key == key && r.data == data);
  });
  EXPECT_EQ(seen, (std::vector{Sealed::no, Sealed::yes, Sealed::no}));
}

TEST(Records, ATornBlockEndsWhereItsBytesEnd) {
  Block block = three_records();
  block.bytes.remove_suffix(3);
  Records records(Index{10});
  EXPECT_FALSE(records.take(block, Index{10}, 100, 1 << 20));
  EXPECT_EQ(records.size(), 2u);
}

}  // namespace
}  // namespace millrace::storage
