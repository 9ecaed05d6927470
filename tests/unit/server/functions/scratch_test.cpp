#include "server/functions/isolation/scratch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

namespace fs = std::filesystem;

class ScratchTest : public ::testing::Test {
 protected:
  Held look(std::uint64_t max_entries = 1000) {
    return measure({directory.path(), {::getpid()}, max_entries, &stop});
  }
  // Levels of directories below `top`, however long the path becomes.
  static void make_levels(const fs::path& top, int levels) {
    int at = ::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < levels; ++i) {
      ASSERT_EQ(::mkdirat(at, "d", 0755), 0);
      const int below = ::openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      ::close(at);
      at = below;
    }
    ::close(at);
  }

  ScratchDirectory directory;
  std::atomic<bool> stop = false;
};

TEST_F(ScratchTest, MeasuresBlocksAndEntries) {
  fs::create_directory(directory.path() / "a");
  std::ofstream(directory.path() / "a/file") << std::string(1 << 20, 'x');
  const Held held = look();
  EXPECT_EQ(held.entries, 2u);
  EXPECT_GE(held.disk_bytes, 1u << 20);
  EXPECT_LT(held.disk_bytes, 2u << 20);
  EXPECT_FALSE(held.too_deep);
}

TEST_F(ScratchTest, CountsDeletedFilesThatAreOpenOnce) {
  const fs::path path = directory.path() / "file";
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string megabyte(1 << 20, 'x');
  ASSERT_EQ(::write(fd, megabyte.data(), megabyte.size()), 1 << 20);
  const int again = ::dup(fd);
  fs::remove(path);
  const Held held = look();
  EXPECT_GE(held.disk_bytes, 1u << 20);
  EXPECT_LT(held.disk_bytes, 2u << 20);
  ::close(fd);
  ::close(again);
  EXPECT_LT(look().disk_bytes, 1u << 20);
}

TEST_F(ScratchTest, CountsMemoryFiles) {
  const int fd = ::memfd_create("hoard", MFD_CLOEXEC);
  const std::string megabyte(1 << 20, 'x');
  const std::uint64_t before = look().memory_bytes;
  ASSERT_EQ(::write(fd, megabyte.data(), megabyte.size()), 1 << 20);
  EXPECT_EQ(look().memory_bytes, before + (1 << 20));
  ::close(fd);
}

TEST_F(ScratchTest, StopsWhereThereIsTooMuchOrTooDeep) {
  make_levels(directory.path(), 5000);
  EXPECT_TRUE(look(10'000).too_deep);
  EXPECT_LE(look(10'000).entries, kMaxScratchDepth + 2);
  for (int i = 0; i < 50; ++i) std::ofstream(directory.path() / std::to_string(i)) << "x";
  EXPECT_EQ(look(20).entries, 21u);
  ASSERT_EQ(empty_directory(directory.path(), stop), 0);
}

TEST_F(ScratchTest, RemovesAnyDepthAndWhatIsLocked) {
  make_levels(directory.path(), 20'000);
  fs::create_directories(directory.path() / "locked/inner/most");
  std::ofstream(directory.path() / "locked/inner/file") << "x";
  fs::create_symlink("/etc", directory.path() / "locked/link");
  ::mkfifo((directory.path() / "pipe").c_str(), 0600);
  std::ofstream(directory.path() / "up-1") << "not a directory";
  fs::permissions(directory.path() / "locked/inner", fs::perms::none);
  fs::permissions(directory.path() / "locked", fs::perms::none);
  ASSERT_EQ(empty_directory(directory.path(), stop), 0);
  EXPECT_TRUE(fs::is_empty(directory.path()));
  EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(ScratchTest, ARemovalThatWasStoppedGoesOnAtTheNextStart) {
  make_levels(directory.path(), 100);
  stop = true;
  (void)empty_directory(directory.path(), stop);
  EXPECT_FALSE(fs::is_empty(directory.path()));
  fs::create_directories(directory.path() / "tmp/7");
  {
    Scratch scratch(directory.path());
    EXPECT_TRUE(fs::is_empty(directory.path() / "tmp"));
    std::error_code failed;
    const fs::path own = scratch.make(7, failed);
    EXPECT_FALSE(failed);
    EXPECT_TRUE(fs::is_empty(own));
    scratch.discard(own);
    EXPECT_FALSE(fs::exists(own));
  }
  stop = false;
  ASSERT_EQ(empty_directory(directory.path(), stop), 0);
}

}  // namespace
}  // namespace millrace::functions
