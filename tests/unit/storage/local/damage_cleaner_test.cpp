// Segments with damaged blocks, when their space is to be returned.
#include "tests/unit/storage/local/damaged_store.h"

namespace millrace::storage {
namespace {

constexpr ShardId kShard{1, 0}, kDead{2, 0};

class DamageCleanerTest : public DamagedStore {
 protected:
  DamageCleanerTest() { options.segment_bytes = 256 << 10; }

  std::set<std::string> segments() const {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(options.dir / "segments"))
      names.insert(file.path().filename());
    return names;
  }
  // Small live records among large ones of a stream that is then dropped.
  void write() {
    for (int i = 0; i < 200; ++i) {
      append(kDead, {std::string(20'000, 'd')});
      if (i % 4 == 0) append(kShard, {"<" + std::to_string(kept++) + ">"});
    }
  }
  int kept = 0;
};

TEST_F(DamageCleanerTest, WhatCanBeReadIsMovedAndWhatCannotStaysAndIsNoted) {
  open();
  write();
  while_closed([this] { spoil("<7>"); });
  const auto before = segments();
  ASSERT_TRUE(run(log().drop(kDead.stream)));
  ASSERT_TRUE(eventually([this] { return bytes_in_directory() < 2u << 20; })) << bytes_in_directory();
  const Read all = read_to_end(kShard, Index{0});
  EXPECT_EQ(all.data.size(), static_cast<std::size_t>(kept - 1));
  ASSERT_EQ(losses.all().size(), 1u);
  EXPECT_EQ(losses.all()[0].first, Index{7});
  EXPECT_EQ(losses.all()[0].records(), 1u);
  // The one that holds the damaged block is still there, until that is trimmed.
  std::set<std::string> still;
  for (const std::string& name : segments())
    if (before.contains(name)) still.insert(name);
  EXPECT_GE(still.size(), 1u);
  reopen();
  EXPECT_EQ(read_to_end(kShard, Index{0}).data, all.data);
}

TEST_F(DamageCleanerTest, BlocksWhoseFrameIsDamagedAreMovedByTheIndex) {
  open();
  write();
  // In the table of the frame, in front of its one block.
  while_closed([this] { spoil("<7>", kBlockHeaderBytes + kRecordHeaderBytes + 3 + 20); });
  ASSERT_TRUE(run(log().drop(kDead.stream)));
  ASSERT_TRUE(eventually([this] { return bytes_in_directory() < 2u << 20; })) << bytes_in_directory();
  const Read all = read_to_end(kShard, Index{0});
  EXPECT_EQ(all.data.size(), static_cast<std::size_t>(kept)) << "nothing that was readable is destroyed";
  EXPECT_TRUE(losses.all().empty());
}

TEST_F(DamageCleanerTest, ASegmentStaysWhileTheIndexLacksRowsForWhatItHolds) {
  open();
  write();
  const auto holds = [this](const std::string& text) {
    for (const auto& file : std::filesystem::directory_iterator(options.dir / "segments")) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), {});
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  };
  while_closed([this] {
    change_rows(kLog, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log) {
      ASSERT_TRUE(db.Delete({}, log, log_key(kShard, Index{7})).ok());
    });
  });
  ASSERT_TRUE(run(log().drop(kDead.stream)));
  ASSERT_TRUE(eventually([this] { return bytes_in_directory() < 2u << 20; })) << bytes_in_directory();
  EXPECT_EQ(read_to_end(kShard, Index{0}).data.size(), static_cast<std::size_t>(kept - 1));
  EXPECT_TRUE(holds("<7>")) << "a repair of the index finds it";
}

}  // namespace
}  // namespace millrace::storage
