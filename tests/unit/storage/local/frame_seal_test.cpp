// What tells the frames of a segment from other bytes in its file.
#include <cstring>

#include "storage/local/segments/frame.h"
#include "tests/unit/storage/local/segments_fixture.h"

namespace millrace::storage {
namespace {

using FrameSealTest = SegmentsTest;

TEST_F(FrameSealTest, BytesOfARecordThatLookLikeAFrameAreNotTakenForOne) {
  open();
  append(kShard, {"first"});
  const std::string mark = "the torn one";
  // Whoever sends records can guess a segment and the numbers of frames, and where a record will stand.
  std::string forged;
  for (std::size_t offset = 0; offset < kFrameAlignment; ++offset) {
    forged.resize(forged.size() + (kFrameAlignment + offset - forged.size() % kFrameAlignment), ' ');
    forged += frame_head({1, 0}, 1'000 + offset, {}, {}, 0);
  }
  append(kShard, {mark + forged});
  crash();
  // Power was lost while it was written: the head of its frame did not get to the disk.
  spoil_text(mark, kBlockHeaderBytes + kRecordHeaderBytes + 3 + 20);
  open();
  EXPECT_EQ(data_of(read(kShard, Index{0})), Strings{"first"});
  EXPECT_EQ(append(kShard, {"second"}), Index{1});
}

TEST_F(FrameSealTest, SegmentsOfEarlierVersionsAreRead) {
  open();
  append(kShard, {"one"});
  append(kShard, {"two"});
  crash();
  // As it would stand there without a salt.
  const fs::path segment = segments().front();
  const std::string bytes = bytes_of(segment);
  const auto header = SegmentHeader::parse(bytes);
  ASSERT_TRUE(header);
  std::string old = "MILLSEG1";
  for (const std::uint64_t v : {header->number, header->before, header->before_end})
    old.append(reinterpret_cast<const char*>(&v), sizeof v);
  const std::uint64_t sum = checksum(old);
  old.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  overwrite(segment, 0, old);
  int frames = 0;
  for (std::size_t at = kSegmentHeaderBytes; at + kFrameHeadBytes < bytes.size(); ++frames) {
    const auto sizes = FrameSizes::parse(std::string_view(bytes).substr(at, kFrameHeadBytes), header->salt);
    if (!sizes) break;
    std::string head = bytes.substr(at, sizes->head());
    const std::uint32_t magic = 0x464d524d;
    std::memcpy(head.data(), &magic, sizeof magic);
    // It covers the magic.
    const std::uint64_t of_head =
        checksum(std::string_view(head).substr(kFrameHeadBytes),
                 checksum(std::string_view(head).substr(0, kFrameHeadBytes - 8), header->number));
    std::memcpy(head.data() + kFrameHeadBytes - 8, &of_head, sizeof of_head);
    overwrite(segment, at, head);
    at += sizes->frame();
  }
  ASSERT_GE(frames, 2);
  open();
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"one", "two"}));
  EXPECT_EQ(append(kShard, {"three"}), Index{2});
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"one", "two", "three"}));
}

}  // namespace
}  // namespace millrace::storage
