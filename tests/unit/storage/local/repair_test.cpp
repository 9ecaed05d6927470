// The index made anew from the log, whatever happened to the files of the one that was.
#include "storage/local/repair.h"

#include <fstream>

#include "storage/copying.h"
#include "storage/local/snapshot.h"
#include "tests/unit/storage/local/fixture.h"
#include "tests/unit/storage/local/lossy_files.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kDropped = 3;

bool is_of_database(const fs::path& path) {
  const std::string name = path.filename();
  return name == "CURRENT" || name.starts_with("MANIFEST-") || name.ends_with(".sst");
}

void flip(const fs::path& path, std::uint64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const char was = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(was ^ 0x10));
}

class RepairTest : public StoreTest {
 protected:
  RepairTest() {
    options.tail_cache_bytes = 0;
    options.file_system = std::make_shared<LossyFiles>(disk);
    kept = options.dir.string() + ".kept";
  }
  ~RepairTest() override {
    store.reset();  // before its disk
    fs::remove_all(kept);
  }

  void crash() {
    disk.cut();
    EXPECT_FALSE(try_append({99, 0}, {"late"}));
    store.reset();
    disk.come_back();
  }

  void put(ShardId id, const std::string& data) {
    append(id, {data});
    expected[id].push_back(data);
  }
  void row(const std::string& key, std::optional<std::string> value) {
    CatalogBatch batch;
    if (value)
      batch.put(key, *value);
    else
      batch.remove(key);
    ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
    if (value)
      rows[key] = *value;
    else
      rows.erase(key);
  }
  void remove_rows(const std::string& prefix) {
    CatalogBatch batch;
    batch.remove_range(prefix, behind(prefix));
    ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
    std::erase_if(rows, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  }
  void trim(ShardId id, std::uint64_t before) {
    ASSERT_TRUE(run(log().trim({{id, Index{before}}})));
    trims[id] = before;
  }

  // One shard is closed and one stream dropped on the way.
  static bool takes_more(ShardId id, int round) {
    return !(id == ShardId{1, 2} && round > 40) && !(id.stream == kDropped && round > 50);
  }

  // Many segments' worth of everything, so that the cleaner removes some and moves what lives in others.
  void fill() {
    for (int round = 0; round < 60; ++round) {
      for (std::uint64_t stream = 1; stream <= 3; ++stream)
        for (std::uint32_t shard = 0; shard < 3; ++shard)
          if (takes_more({stream, shard}, round))
            put({stream, shard},
                std::to_string(round) + "-" + std::to_string(stream * 10 + shard) +
                    std::string(static_cast<std::size_t>((round * 7919 + shard * 104729) % 40'000), 'x'));
      put({4, 0}, "small " + std::to_string(round));  // moved again and again
      row("row " + std::to_string(round % 17), "value " + std::to_string(round));
      if (round % 5 == 0) row("old " + std::to_string(round), "never changed");
      if (round == 20) row("row 3", {});
      row("range " + std::to_string(round), "value");
      if (round % 12 == 5) remove_rows("range ");
      if (round > 20 && round % 4 == 0)
        for (const std::uint32_t shard : {0u, 1u}) trim({1, shard}, static_cast<std::uint64_t>(round - 20));
      if (round > 40)
        for (std::uint32_t shard = 0; shard < 3; ++shard) trim({2, shard}, static_cast<std::uint64_t>(round));
      if (round == 40) {
        ASSERT_TRUE(run(log().close({{1, 2}})));
      }
      if (round == 50) {
        ASSERT_TRUE(run(log().drop(kDropped)));
        for (std::uint32_t shard = 0; shard < 3; ++shard) expected.erase({kDropped, shard});
      }
      clock.advance(std::chrono::milliseconds(700));
      if (round % 10 == 9) std::this_thread::sleep_for(options.reclaim_delay * 3);
    }
  }

  void expect_everything() {
    for (const auto& [id, all] : expected) {
      const std::uint64_t from = trims.contains(id) ? trims[id] : 0;
      EXPECT_EQ(bounds(id).first.value, from) << id.stream << "/" << id.shard;
      EXPECT_EQ(bounds(id).next.value, all.size()) << id.stream << "/" << id.shard;
      EXPECT_EQ(data_of(read(id, Index{0})),
                Strings(all.begin() + static_cast<std::ptrdiff_t>(from), all.end()))
          << id.stream << "/" << id.shard;
    }
    for (std::uint32_t shard = 0; shard < 3; ++shard) EXPECT_EQ(read({kDropped, shard}, Index{0}).size(), 0u);
    std::map<std::string, std::string> found;
    for (const Row& row : store->catalog().scan("", "", 10'000).value()) found[row.key] = row.value;
    EXPECT_EQ(found, rows);
  }

  // Indexes by time, of all shards.
  std::vector<std::uint64_t> times() {
    std::vector<std::uint64_t> out;
    for (const auto& [id, all] : expected)
      for (std::int64_t ms = 1'699'999'999'000; ms < 1'700'000'050'000; ms += 350)
        out.push_back(find(id, ms).value);
    return out;
  }

  void keep() { ASSERT_TRUE(copy_directory(options.dir, kept)); }
  void take_back() {
    store.reset();
    fs::remove_all(options.dir);
    ASSERT_TRUE(copy_directory(kept, options.dir));
  }
  std::vector<fs::path> database_files() const {
    std::vector<fs::path> out;
    for (const auto& file : fs::directory_iterator(kept))
      if (is_of_database(file.path())) out.push_back(file.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<fs::path> segments() const {
    std::vector<fs::path> out;
    for (const auto& file : fs::directory_iterator(options.dir / "segments")) out.push_back(file.path());
    std::sort(out.begin(), out.end());
    return out;
  }

  Repaired repaired() {
    auto done = storage::repair(options);
    EXPECT_TRUE(done) << done.error().detail;
    return done ? *done : Repaired{};
  }

  Disk disk;
  fs::path kept;
  std::map<ShardId, Strings> expected;
  std::map<ShardId, std::uint64_t> trims;
  std::map<std::string, std::string> rows;
};

TEST_F(RepairTest, EveryKindOfDamageToTheIndex) {
  open();
  fill();
  crash();
  keep();
  ASSERT_FALSE(fs::exists(options.dir / "segments" / "00000000000000000001.seg"))
      << "the cleaner removed nothing";
  open();
  expect_everything();
  const std::vector<std::uint64_t> at = times();
  std::vector<std::pair<std::string, std::function<void()>>> damages;
  int turn = 0;
  for (const fs::path& name : database_files()) {
    const fs::path path = options.dir / name;
    const std::vector<std::pair<std::string, std::function<void()>>> kinds = {
        {" is gone", [path] { fs::remove(path); }},
        {" has another byte", [path] { flip(path, fs::file_size(path) / 3); }},
        {" is half as long", [path] { fs::resize_file(path, fs::file_size(path) / 2); }}};
    const auto& [kind, damage] = kinds[static_cast<std::size_t>(turn++ % 3)];
    damages.emplace_back(name.string() + kind, damage);
  }
  damages.emplace_back("all files are gone", [this] {
    for (const auto& entry : fs::directory_iterator(options.dir))
      if (entry.is_regular_file()) fs::remove(entry.path());
  });
  for (const auto& [what, damage] : damages) {
    SCOPED_TRACE(what);
    take_back();
    damage();
    const Repaired found = repaired();
    EXPECT_EQ(found.lost, Strings());
    EXPECT_EQ(found.rows, rows.size());
    open();
    EXPECT_EQ(store->trouble(), Strings());
    expect_everything();
    EXPECT_EQ(times(), at);
  }
  // It goes on like any other.
  put({1, 0}, "after");
  row("after", "repair");
  expect_everything();
  crash();
  open();
  expect_everything();
}

TEST_F(RepairTest, WithoutCurrentAStartRefusesAndChangesNothing) {
  open();
  put({1, 0}, "a");
  row("k", "v");
  crash();
  fs::remove(options.dir / "CURRENT");
  keep();
  const auto opened = LocalStore::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  for (const auto& file : fs::recursive_directory_iterator(kept))
    EXPECT_TRUE(fs::exists(options.dir / fs::relative(file.path(), kept))) << file.path();
  EXPECT_EQ(repaired().lost, Strings());
  open();
  expect_everything();
}

TEST_F(RepairTest, TheOldFilesAreSetAside) {
  open();
  put({1, 0}, "a");
  crash();
  const fs::path current = options.dir / "CURRENT";
  std::ofstream(current) << "rubbish";
  const Repaired done = repaired();
  std::ifstream in(done.set_aside / "CURRENT");
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(in)), {}), "rubbish");
  EXPECT_FALSE(fs::exists(options.dir / "repaired.new"));
  open();
  expect_everything();
  // Again, in the same second.
  crash();
  EXPECT_NE(repaired().set_aside, done.set_aside);
  open();
  expect_everything();
}

TEST_F(RepairTest, ASnapshotThatIsDamagedIsSaidAndTheOlderOneUsed) {
  open();
  fill();
  crash();
  keep();
  const auto snapshots = snapshots_in(options.dir / "snapshots");
  ASSERT_FALSE(snapshots.empty());
  ASSERT_TRUE(Snapshot::read(snapshots.front()));
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{9}, std::uint64_t{40},
                                 std::uint64_t{fs::file_size(snapshots.front())} - 1}) {
    take_back();
    flip(snapshots.front(), at);
    EXPECT_EQ(Snapshot::read(snapshots.front()).error().code, Errc::corrupt) << at;
    const Repaired done = repaired();
    EXPECT_FALSE(done.lost.empty());
    EXPECT_NE(done.snapshot, snapshots.front());
    open();
    EXPECT_EQ(data_of(read({4, 0}, Index{0})), (expected[{4, 0}])) << "what the segments say is there";
  }
}

TEST_F(RepairTest, WhatTheLogHasLostIsNamed) {
  open();
  for (int i = 0; i < 30; ++i) put({1, 0}, std::to_string(i) + std::string(90'000, 'x'));
  row("k", "v");
  crash();
  ASSERT_GT(segments().size(), 2u);
  flip(segments().front(), 100'000);
  const Repaired done = repaired();
  ASSERT_EQ(done.lost.size(), 1u) << done.lost.front();
  EXPECT_NE(done.lost.front().find("stream number 1, shard 0: records 1 to 1 (their block is damaged)"),
            std::string::npos)
      << done.lost.front();
  open();
  EXPECT_EQ(bounds({1, 0}).next.value, 30u);
  EXPECT_EQ(store->catalog().get("k").value(), "v");
  EXPECT_EQ(append({1, 0}, {"next"}).value, 30u);
}

TEST_F(RepairTest, AnIndexIsNeverGivenOutAgainThoughTheLastBlockIsDamaged) {
  open();
  for (int i = 0; i < 3; ++i) put({1, 0}, std::to_string(i) + std::string(90'000, 'x'));
  put({1, 1}, "behind it");
  store.reset();
  flip(segments().back(), 250'000);
  const Repaired done = repaired();
  EXPECT_EQ(done.lost.size(), 1u);
  open();
  EXPECT_EQ(append({1, 0}, {"next"}).value, 3u);
  EXPECT_EQ(read({1, 1}, Index{0}).size(), 1u);
}

// A disk whose syncs fail, and that cannot read some places.
struct BadDisk {
  std::atomic<bool> fail_syncs = false;
  std::atomic<std::uint64_t> bad_from = 0, bad_to = 0;
};

class BadFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  BadFile(std::unique_ptr<rocksdb::FSWritableFile> file, BadDisk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
  IOStatus Sync(const IOOptions& o, IODebugContext* d) override {
    return disk_.fail_syncs ? IOStatus::IOError("no sync") : target()->Sync(o, d);
  }

 private:
  BadDisk& disk_;
};

class BadSource final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  BadSource(std::unique_ptr<rocksdb::FSRandomAccessFile> file, BadDisk& disk)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk) {}
  IOStatus Read(std::uint64_t offset, std::size_t n, const IOOptions& o, Slice* result, char* scratch,
                IODebugContext* d) const override {
    if (offset < disk_.bad_to && offset + n > disk_.bad_from) return IOStatus::IOError("bad sector");
    return target()->Read(offset, n, o, result, scratch, d);
  }

 private:
  BadDisk& disk_;
};

class BadFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit BadFiles(BadDisk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "BadFiles"; }
  IOStatus NewWritableFile(const std::string& name, const FileOptions& o,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    return wrap(target()->NewWritableFile(name, o, file, d), file);
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old, const FileOptions& o,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    return wrap(target()->ReuseWritableFile(name, old, o, file, d), file);
  }
  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& o,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* d) override {
    const IOStatus s = target()->NewRandomAccessFile(name, o, file, d);
    if (s.ok()) *file = std::make_unique<BadSource>(std::move(*file), disk_);
    return s;
  }

 private:
  IOStatus wrap(IOStatus status, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<BadFile>(std::move(*file), disk_);
    return status;
  }
  BadDisk& disk_;
};

class BadDiskRepairTest : public RepairTest {
 protected:
  BadDiskRepairTest() {
    options.file_system = std::make_shared<BadFiles>(bad);
    options.durability = Durability::fsync;
  }
  ~BadDiskRepairTest() override { store.reset(); }
  BadDisk bad;
};

// What is written, refused and written otherwise stands in the log twice.
TEST_F(BadDiskRepairTest, WhatWasRefusedDoesNotComeBack) {
  open();
  for (int round = 0; round < 4; ++round) {
    put({1, 0}, "acknowledged");
    bad.fail_syncs = true;
    EXPECT_FALSE(try_append({1, 0}, {"refused", "refused too", std::string(40'000, 'r')}));
    EXPECT_FALSE(try_append({1, 1}, {"refused"}));
    bad.fail_syncs = false;
    ASSERT_TRUE(eventually([&] { return !store->read_only(); }));
    for (int i = 0; i < 3 + round; ++i) put({1, 0}, std::to_string(i) + " after");
    row("round", std::to_string(round));
  }
  for (const bool covered : {false, true}) {
    store.reset();
    if (covered) {  // by a snapshot, so that blocks are found without their order
      auto database = Database::open(options);
      ASSERT_TRUE(database);
      ASSERT_TRUE(Snapshots(**database, options).take());
    }
    const Repaired done = repaired();
    EXPECT_EQ(done.lost, Strings());
    EXPECT_EQ(done.snapshot.empty(), !covered);
    open();
    expect_everything();
    EXPECT_EQ(bounds({1, 1}).next.value, 0u);
  }
}

TEST_F(BadDiskRepairTest, WhatTheDiskDoesNotGiveBackIsPassedOver) {
  open();
  for (int i = 0; i < 10; ++i) put({1, 0}, std::to_string(i) + std::string(50'000, 'x'));
  put({1, 1}, "small");
  row("k", "v");
  store.reset();
  bad.bad_from = 60'000;  // in the second
  bad.bad_to = 60'100;
  const Repaired done = repaired();
  bad.bad_to = 0;
  EXPECT_FALSE(done.lost.empty());
  open();
  EXPECT_EQ(store->catalog().get("k").value(), "v");
  EXPECT_EQ(bounds({1, 0}).next.value, 10u);
  EXPECT_EQ(data_of(read({1, 1}, Index{0})), Strings{"small"});
  EXPECT_GE(read({1, 0}, Index{2}).size(), 8u);
}

// A data directory of a release that took none, whose log does not reach back to its beginning.
TEST_F(RepairTest, ASnapshotIsTakenOfALogThatHasNone) {
  open();
  fill();
  store.reset();
  fs::remove_all(options.dir / "snapshots");
  open();
  ASSERT_TRUE(eventually([&] { return !snapshots_in(options.dir / "snapshots").empty(); }));
  put({4, 0}, "more");
  trim({2, 0}, expected[{2, 0}].size());
  ASSERT_TRUE(eventually([&] { return snapshots_in(options.dir / "snapshots").size() == 2; }));
  crash();
  flip(snapshots_in(options.dir / "snapshots").front(), 100);
  for (const auto& entry : fs::directory_iterator(options.dir))
    if (entry.is_regular_file()) fs::remove(entry.path());
  EXPECT_EQ(repaired().lost.size(), 1u) << "of the damaged snapshot";
  open();
  expect_everything();
}

TEST_F(RepairTest, ASnapshotOfFramesThatAPowerLossUndidIsDropped) {
  open();
  put({1, 0}, "a");
  store.reset();
  fs::create_directories(options.dir / "snapshots");
  {
    auto database = Database::open(options);
    ASSERT_TRUE(database);
    ASSERT_TRUE(Snapshots(**database, options).take());
  }
  const fs::path snapshot = snapshots_in(options.dir / "snapshots").front();
  ASSERT_TRUE(copy_directory(options.dir, kept));
  open();
  put({1, 0}, "b");
  store.reset();
  {
    auto database = Database::open(options);
    ASSERT_TRUE(database);
    ASSERT_TRUE(Snapshots(**database, options).take());
  }
  const fs::path newer = snapshots_in(options.dir / "snapshots").front();
  ASSERT_NE(newer, snapshot);
  fs::copy_file(newer, kept / "snapshots" / newer.filename());
  take_back();  // the log is the older one, and one of its snapshots is ahead of it
  expected[{1, 0}].pop_back();
  open();
  EXPECT_TRUE(eventually([&] { return !fs::exists(newer); }));
  put({1, 0}, "another b");
  crash();
  EXPECT_EQ(repaired().lost, Strings());
  open();
  expect_everything();
}

TEST_F(RepairTest, NothingToRepairIsAnError) {
  fs::create_directories(options.dir / "segments");
  EXPECT_EQ(storage::repair(options).error().code, Errc::not_found);
}

}  // namespace
}  // namespace millrace::storage
