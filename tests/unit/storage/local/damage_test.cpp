// A start that meets damage: it opens the store when all that was acknowledged is there, and refuses, with no
// file changed, when it is not. Its owner may accept the loss.
#include <random>

#include "storage/local/segments/frame.h"
#include "tests/unit/storage/local/segments_fixture.h"

namespace millrace::storage {
namespace {

class DamageTest : public SegmentsTest {
 protected:
  DamageTest() { options.segment_bytes = 64 << 10; }

  // Some segments of records, rows and a mark at the end, as a killed store leaves them.
  void write_and_crash(int records = 10) {
    options.mark_delay = std::chrono::milliseconds(300);  // most often later than the look at the file below
    open();
    for (int i = 0; i < records; ++i) {
      all.push_back(std::to_string(i) + std::string(20'000, static_cast<char>('a' + i % 26)));
      append(kShard, {all.back()});
    }
    // A mark that is written before the look is not seen: then there is another one, of another write.
    bool marked = false;
    for (int attempt = 0; attempt < 20 && !marked; ++attempt) {
      CatalogBatch rows;
      rows.put("row", "value");
      ASSERT_TRUE(run(store->catalog().write(std::move(rows))));
      const std::uint64_t before = used_bytes();
      marked = eventually([&] { return used_bytes() > before; }, std::chrono::seconds(1));
    }
    ASSERT_TRUE(marked) << "no mark";
    options.mark_delay = std::chrono::hours(1);
    crash();
  }
  // Bytes of the segments that are not zero, about. The last one may be made ahead, and not be used yet.
  std::uint64_t used_bytes() const {
    std::uint64_t used = 0;
    for (const fs::path& segment : segments()) used += bytes_of(segment).find_last_not_of('\0') + 1;
    return used;
  }

  void expect_all() {
    open();
    EXPECT_EQ(data_of(read(kShard, Index{0})), all);
    EXPECT_EQ(store->catalog().get("row").value(), "value");
  }

  // Answers why.
  std::string expect_refused() {
    const auto before = segment_files();
    auto opened = LocalStore::open(options);
    EXPECT_FALSE(opened);
    if (opened) return "";
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_EQ(segment_files(), before) << "a refused start changed a file";
    return opened.error().detail;
  }
  std::map<std::string, std::string> segment_files() const {
    auto all_files = files();
    std::erase_if(all_files, [](const auto& f) { return !f.first.starts_with("segments/"); });
    return all_files;
  }

  static void overwrite_all(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  Strings all;
};

#define EXPECT_CONTAINS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(DamageTest, AFlippedByteOfAnyHeaderLosesNothing) {
  write_and_crash();
  ASSERT_GE(segments().size(), 4u);
  for (const fs::path& segment : segments())
    for (const std::size_t at : {0u, 5u, 8u, 16u, 24u, 39u}) {
      if (!find(segment, "MILLSEG2")) continue;  // made ahead, and not used
      SCOPED_TRACE(segment.filename().string() + " " + std::to_string(at));
      const auto before = files();
      spoil(segment, at);
      expect_all();
      EXPECT_EQ(store->trouble(), Strings());
      store.reset();
      fs::remove_all(options.dir);
      for (const auto& [name, bytes] : before) {
        fs::create_directories((options.dir / name).parent_path());
        std::ofstream(options.dir / name, std::ios::binary) << bytes;
      }
    }
}

TEST_F(DamageTest, ASegmentOfWhichNothingCanBeReadIsRefusedAndThenSetAside) {
  write_and_crash();
  const fs::path segment = segments()[1];
  const std::string whole = bytes_of(segment);
  overwrite(segment, 0, std::string(whole.size(), 'x'));
  EXPECT_CONTAINS(expect_refused(), "segment 2: the header is damaged and no frame can be read");
  options.accept_data_loss = true;
  open();
  ASSERT_FALSE(store->trouble().empty());
  Strings left = data_of(read(kShard, Index{0}, {3, 1 << 20}));
  EXPECT_EQ(left, Strings(all.begin(), all.begin() + 3));
  EXPECT_EQ(data_of(read(kShard, Index{6})), Strings(all.begin() + 6, all.end()));
  EXPECT_EQ(store->catalog().get("row").value(), "value");
  const fs::path kept = options.dir / "damaged" / segment.filename();
  EXPECT_FALSE(fs::exists(segment));
  EXPECT_EQ(bytes_of(kept), std::string(whole.size(), 'x'));
  options.accept_data_loss = false;
  crash();
  open();  // the loss was accepted once
  EXPECT_EQ(append(kShard, {"more"}), Index{10});
  store.reset();
}

TEST_F(DamageTest, TheFileOfARefusedStartPutRightHasEverything) {
  write_and_crash();
  const fs::path segment = segments()[1];
  const std::string whole = bytes_of(segment);
  overwrite(segment, 0, std::string(whole.size(), 'x'));
  (void)expect_refused();
  overwrite(segment, 0, whole);
  expect_all();
}

TEST_F(DamageTest, AMissingFirstSegmentIsRefused) {
  write_and_crash();
  fs::remove(segments()[0]);
  EXPECT_CONTAINS(expect_refused(), "segment 1 is missing");
  options.accept_data_loss = true;
  open();
  EXPECT_EQ(data_of(read(kShard, Index{3})), Strings(all.begin() + 3, all.end()));
}

TEST_F(DamageTest, AMissingSegmentIsRefused) {
  write_and_crash();
  fs::remove(segments()[1]);
  const std::string why = expect_refused();
  EXPECT_CONTAINS(why, "segment 2 is missing");
  EXPECT_CONTAINS(why, "commits ");
  options.accept_data_loss = true;
  open();
  EXPECT_EQ(data_of(read(kShard, Index{6})), Strings(all.begin() + 6, all.end()));
  options.accept_data_loss = false;
  reopen();
  EXPECT_EQ(append(kShard, {"more"}), Index{10});
}

TEST_F(DamageTest, AMissingSegmentThatTheDatabaseKnowsIsRefusedToo) {
  write_and_crash();
  open();
  append(kShard, {"of this run"});
  reopen();  // an orderly stop: the log is read from its end
  fs::remove(segments()[1]);
  store.reset();
  EXPECT_CONTAINS(expect_refused(), "segment 2 is missing; it contained up to ");
  options.accept_data_loss = true;
  open();
  EXPECT_EQ(data_of(read(kShard, Index{6})).size(), 5u);
  options.accept_data_loss = false;
  reopen();
}

TEST_F(DamageTest, ADamagedFrameWithOthersBehindItIsRefused) {
  options.segment_bytes = 1 << 20;
  open();
  for (const char* data : {"one", "two", "three", "four"}) append(kShard, {data});
  crash();
  spoil_text("two", kBlockHeaderBytes + kRecordHeaderBytes + 3 + 20);  // in the table, before the block
  const std::string why = expect_refused();
  EXPECT_CONTAINS(why, "segment 1, offset ");
  EXPECT_CONTAINS(why, "commit 2 cannot be read");
  options.accept_data_loss = true;
  open();
  ASSERT_FALSE(store->trouble().empty());
  EXPECT_EQ(data_of(read(kShard, Index{0}, {1, 1000})), Strings{"one"});
  EXPECT_EQ(data_of(read(kShard, Index{2})), (Strings{"three", "four"}));
  EXPECT_EQ(append(kShard, {"five"}), Index{4});
  EXPECT_TRUE(fs::exists(options.dir / "damaged" / segments().front().filename()));
  options.accept_data_loss = false;
  crash();
  open();
  EXPECT_EQ(data_of(read(kShard, Index{2})), (Strings{"three", "four", "five"}));
}

TEST_F(DamageTest, ADamagedFrameAtTheEndOfTheLogIsTornOnlyIfNothingSaysThatItWasOnDisk) {
  options.segment_bytes = 1 << 20;
  for (const bool marked : {false, true}) {
    SCOPED_TRACE(marked);
    store.reset();
    fs::remove_all(options.dir);
    options.mark_delay = marked ? std::chrono::milliseconds(1) : std::chrono::milliseconds(3'600'000);
    open();
    append(kShard, {"first"});
    append(kShard, {"the last one"});
    const std::uint64_t end = used_bytes();
    if (marked) {
      ASSERT_TRUE(eventually([&] { return used_bytes() > end; }));
    }
    options.mark_delay = std::chrono::hours(1);
    crash();
    spoil_text("the last one", kBlockHeaderBytes + kRecordHeaderBytes + 3 + 20);
    if (marked) {
      EXPECT_CONTAINS(expect_refused(), "commit 2 cannot be read");
    } else {
      open();
      EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"first"});
      EXPECT_EQ(store->notes().size(), 1u);
    }
  }
}

TEST_F(DamageTest, AMissingNewestSegmentIsRefused) {
  write_and_crash();
  const fs::path last = segments().back();
  const std::string whole = bytes_of(last);
  ASSERT_TRUE(find(last, "MILLSEG2"));
  fs::remove(last);
  const std::string number = std::to_string(segments().size() + 1);
  EXPECT_CONTAINS(expect_refused(), "segment " + number + " is missing; it is the newest segment");
  overwrite_all(last, whole);
  expect_all();
  crash();
  fs::remove(segments().back());
  fs::remove(segments().back());
  options.accept_data_loss = true;
  open();
  // The refused start had read the log up to the first of them.
  ASSERT_EQ(store->trouble().size(), 2u);
  EXPECT_CONTAINS(store->trouble()[0], "segment 3 is missing, and the log continues there");
  EXPECT_CONTAINS(store->trouble()[1], "segment 4 is missing; it is the newest segment");
  EXPECT_EQ(data_of(read(kShard, Index{0}, {6, 1 << 20})), Strings(all.begin(), all.begin() + 6));
  options.accept_data_loss = false;
  crash();
  open();  // it was accepted once
  EXPECT_EQ(store->trouble(), Strings());
  const Index more = append(kShard, {"more"});
  EXPECT_GE(more, Index{all.size()}) << "an index was given again";
  crash();
  open();
  EXPECT_EQ(store->trouble(), Strings());
  EXPECT_EQ(data_of(read(kShard, more)), Strings{"more"});
}

TEST_F(DamageTest, ANoteOfTheNewestSegmentThatIsDamagedOrGoneCostsNothing) {
  write_and_crash();
  const fs::path note = options.dir / "newest-segment";
  const std::size_t size = fs::file_size(note);
  for (std::size_t at = 0; at < size; ++at) {
    spoil(note, at);
    expect_all();
    crash();
  }
  fs::remove(note);
  expect_all();
  EXPECT_EQ(append(kShard, {"more"}), Index{all.size()});
  EXPECT_TRUE(eventually([&] { return fs::exists(note); }));
}

TEST_F(DamageTest, AStoreWhoseSegmentsTheCleanerTookStarts) {
  write_and_crash(30);
  open();
  ASSERT_TRUE(run(log().trim({{kShard, Index{all.size()}}})));
  ASSERT_TRUE(eventually([this] { return segments().size() <= 4; })) << segments().size();
  crash();
  open();
  reopen();
  EXPECT_EQ(append(kShard, {"more"}), Index{all.size()});
}

TEST_F(DamageTest, AFlippedBitAnywhereIsReadReportedOrRefused) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  write_and_crash();
  const fs::path whole = options.dir.string() + "-whole";
  fs::remove_all(whole);
  fs::copy(options.dir, whole, fs::copy_options::recursive);
  int refused = 0, reported = 0;
  for (int round = 0; round < 60; ++round) {
    fs::remove_all(options.dir);
    fs::copy(whole, options.dir, fs::copy_options::recursive);
    const auto paths = segments();
    const fs::path& segment = paths[random() % paths.size()];
    // Half of them in what is not a record.
    const std::string bytes = bytes_of(segment);
    std::size_t at = random() % bytes.size();
    if (round % 2 == 0)
      while (bytes[at] == bytes[(at + 1) % bytes.size()]) at = (at + 1) % bytes.size();
    SCOPED_TRACE(segment.filename().string() + ", offset " + std::to_string(at));
    spoil(segment, at);
    auto opened = LocalStore::open(options);
    if (!opened) {
      EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().detail;
      ++refused;
      spoil(segment, at);
      expect_all();
    } else {
      store = std::move(*opened);
      EXPECT_EQ(store->catalog().get("row").value(), "value");
      for (std::size_t i = 0; i < all.size(); ++i) {
        const Records records = read(kShard, Index{i}, {1, 1 << 20});
        if (records.next() != Index{i + 1} || records.empty())
          ++reported;  // it is passed over
        else
          EXPECT_EQ(data_of(records), Strings{all[i]}) << i;
      }
    }
    store.reset();
  }
  fs::remove_all(whole);
  EXPECT_GT(refused + reported, 0);
}

TEST_F(DamageTest, WhatCannotBeReadIsNotCleanedAway) {
  options.segment_bytes = 256 << 10;
  open();
  append(kShard, {"one"});
  append(kShard, {"two"});
  append(kShard, {"three"});
  for (int i = 0; i < 40; ++i) append({2, 0}, {std::string(20'000, 'd')});
  reopen();
  spoil_text("two", kBlockHeaderBytes + kRecordHeaderBytes + 3 + 20);
  ASSERT_TRUE(run(log().drop(2)));
  EXPECT_TRUE(eventually([this] { return segments().size() <= 4; })) << segments().size();
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"one", "two", "three"}));
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"one", "two", "three"}));
}

TEST_F(DamageTest, AnIndexThatIsGoneIsNotMadeAnew) {
  write_and_crash();
  const std::string current = bytes_of(options.dir / "CURRENT");
  fs::remove(options.dir / "CURRENT");
  EXPECT_CONTAINS(expect_refused(), "CURRENT is missing");
  std::ofstream(options.dir / "CURRENT", std::ios::binary) << current;
  expect_all();
}

TEST_F(DamageTest, AFlippedBitOfTheIndexIsRefused) {
  write_and_crash();
  open();
  reopen();  // its rows are in a table now
  store.reset();
  fs::path table;
  for (const auto& file : fs::directory_iterator(options.dir))
    if (file.path().extension() == ".sst") table = file.path();
  ASSERT_FALSE(table.empty());
  for (std::size_t at = 3; at < fs::file_size(table); at += 97) {
    spoil(table, at);
    auto opened = LocalStore::open(options);
    if (!opened)
      EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().detail;
    else
      EXPECT_EQ((*opened)->catalog().get("row").value(), "value");
    if (opened) opened->reset();
    spoil(table, at);
  }
  expect_all();
}

}  // namespace
}  // namespace millrace::storage
