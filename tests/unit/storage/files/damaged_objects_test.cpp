// Objects whose files the disk gives back otherwise than they were written.
#include "storage/damaged_objects.h"

#include <fstream>

#include "storage/file_sums.h"
#include "tests/unit/storage/files/fixture.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

class DamagedObjectsTest : public FileStoreTest {
 protected:
  DamagedObjectsTest() {
    file_options.damaged = &damaged;
    damaged.listen([this](const DamagedObject& object) { told.push_back(object.key); });
  }
  ~DamagedObjectsTest() override { files.reset(); }

  // The one file that there is.
  fs::path file() const {
    fs::path found;
    for (const auto& entry : fs::recursive_directory_iterator(file_options.dir))
      if (entry.is_regular_file()) found = entry.path();
    return found;
  }
  static void flip(const fs::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const char was = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ 1));
  }
  Result<std::string> try_get(const std::string& key) {
    auto opened = run(objects().open(id_of(key)));
    if (!opened) return opened.error();
    return run(objects().read(*opened, 0, opened->object.size));
  }
  static std::string bytes_of_size(std::size_t size, char first) {
    std::string bytes(size, first);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + i % 61);
    return bytes;
  }

  DamagedObjects damaged;
  Strings told;
};

constexpr std::size_t kWindow = FileSums::kWindow;

TEST_F(DamagedObjectsTest, AFlippedBitAnywhereInTheFileIsFound) {
  const std::string bytes = bytes_of_size(2 * kWindow + 100, 'a');
  ASSERT_TRUE(put("k", bytes));
  const fs::path path = file();
  const std::uint64_t size = fs::file_size(path);
  ASSERT_GT(size, bytes.size());
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{kWindow - 1}, std::uint64_t{2 * kWindow + 5},
                                 std::uint64_t{bytes.size()}, std::uint64_t{bytes.size() + 9}, size - 1}) {
    SCOPED_TRACE(at);
    flip(path, at);
    reopen_files();
    told.clear();
    damaged.forget(path.filename());
    for (int i = 0; i < 2; ++i) {
      const auto got = try_get("k");
      ASSERT_FALSE(got);
      EXPECT_EQ(got.error().code, Errc::corrupt);
    }
    EXPECT_EQ(told, Strings{"k"}) << "once";
    EXPECT_EQ(damaged.all().size(), 1u);
    flip(path, at);
    reopen_files();
    EXPECT_EQ(get("k"), bytes);
  }
}

TEST_F(DamagedObjectsTest, WhatIsNotDamagedCanBeRead) {
  const std::string bytes = bytes_of_size(3 * kWindow, 'a');
  ASSERT_TRUE(put("k", bytes));
  flip(file(), kWindow + 7);
  const auto opened = run(objects().open(id_of("k"))).value();
  EXPECT_EQ(run(objects().read(opened, 0, kWindow)).value(), bytes.substr(0, kWindow));
  EXPECT_EQ(run(objects().read(opened, 2 * kWindow + 3, 10)).value(), bytes.substr(2 * kWindow + 3, 10));
  EXPECT_TRUE(run(objects().verify(opened, 0, 1)));
  EXPECT_FALSE(run(objects().verify(opened, kWindow - 1, 2)));
  EXPECT_FALSE(run(objects().read(opened, 2 * kWindow - 1, 2)));
}

TEST_F(DamagedObjectsTest, AFileThatIsCutShortOrGoneIsDamaged) {
  ASSERT_TRUE(put("k", bytes_of_size(1000, 'a')));
  fs::resize_file(file(), 900);
  EXPECT_EQ(try_get("k").error().code, Errc::corrupt);
  EXPECT_EQ(damaged.all().size(), 1u);
  ASSERT_TRUE(put("k", "put again"));
  EXPECT_EQ(get("k"), "put again");
  EXPECT_TRUE(eventually([this] { return damaged.all().empty(); })) << "its file is gone";
  fs::remove(file());
  EXPECT_EQ(try_get("k").error().code, Errc::corrupt);
  EXPECT_EQ(damaged.all().size(), 1u);
}

TEST_F(DamagedObjectsTest, ACopyOfDamagedBytesFails) {
  const std::string bytes = bytes_of_size(2 * kWindow, 'a');
  ASSERT_TRUE(put("from", bytes));
  flip(file(), kWindow + 7);
  const auto source = run(objects().open(id_of("from"))).value();
  const auto copy = [&](std::uint64_t offset, std::uint64_t size) {
    return run(objects().put(id_of("to"), FileRange{source.descriptor, offset, size}, {}, {}));
  };
  EXPECT_EQ(copy(0, bytes.size()).error().code, Errc::corrupt);
  EXPECT_EQ(copy(kWindow, 1).error().code, Errc::corrupt);
  EXPECT_EQ(get("to"), "(none)");
  ASSERT_TRUE(copy(5, kWindow - 10));
  EXPECT_EQ(get("to"), bytes.substr(5, kWindow - 10));
}

TEST_F(DamagedObjectsTest, AnObjectOfPartsIsChecked) {
  const std::string one = bytes_of_size(kWindow + 10, 'a'), two = bytes_of_size(kWindow + 20, 'A');
  const UploadId id{id_of("k"), run(objects().begin_upload(id_of("k"), {})).value()};
  std::vector<Part> parts;
  for (const std::string& bytes : {one, two})
    parts.push_back(
        run(objects().put_part(id, static_cast<std::uint32_t>(parts.size() + 1), bytes, {})).value());
  ASSERT_TRUE(run(objects().complete_upload(id, parts, {}, {})));
  EXPECT_EQ(files_on_disk(), 1u);
  EXPECT_EQ(get("k"), one + two);
  flip(file(), kWindow + 11);
  reopen_files();
  EXPECT_EQ(try_get("k").error().code, Errc::corrupt);
}

TEST_F(DamagedObjectsTest, BytesThatComeInSmallPiecesHaveFewChecksums) {
  const std::string bytes = bytes_of_size(300'000, 'a');
  auto incoming = objects().incoming();
  for (std::size_t at = 0; at < bytes.size(); at += 100)
    ASSERT_TRUE(run(incoming->append(bytes.substr(at, 100))));
  EXPECT_EQ(incoming->size(), bytes.size());
  storage::Content content = std::move(incoming);
  ASSERT_TRUE(run(objects().put(id_of("k"), std::move(content), {}, {})));
  EXPECT_EQ(files_on_disk(), 1u);
  EXPECT_LT(fs::file_size(file()), bytes.size() + 200);
  EXPECT_EQ(get("k"), bytes);
}

TEST_F(DamagedObjectsTest, AFileOfAnEarlierVersionIsRead) {
  const std::string bytes = bytes_of_size(kWindow + 10, 'a');
  ASSERT_TRUE(put("k", bytes));
  fs::resize_file(file(), bytes.size());
  EXPECT_EQ(get("k"), bytes);
  const auto source = run(objects().open(id_of("k"))).value();
  ASSERT_TRUE(run(objects().put(id_of("k"), FileRange{source.descriptor, 0, bytes.size()}, {}, {})));
  EXPECT_EQ(get("k"), bytes);
  EXPECT_TRUE(eventually([&] { return fs::file_size(file()) > bytes.size(); })) << "a copy has checksums";
}

}  // namespace
}  // namespace millrace::storage
