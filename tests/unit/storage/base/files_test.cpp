#include "storage/base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "millrace-files-XXXXXX").string();
    dir_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(dir_); }
  static mode_t mode_of(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
  fs::path dir_;
};

TEST_F(Files, WhatIsMadeIsItsOwnersAlone) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(make_directory(dir_ / "a" / "b" / "c"));
  EXPECT_TRUE(write_file(dir_ / "a" / "b" / "file", "bytes"));
  ::umask(before);
  for (const char* made : {"a", "a/b", "a/b/c"}) EXPECT_EQ(mode_of(dir_ / made), 0700u);
  EXPECT_EQ(mode_of(dir_ / "a" / "b" / "file"), 0600u);
}

TEST_F(Files, AnUnfinishedFileOfAnEarlierAttemptIsReplaced) {
  std::ofstream(dir_ / "file") << "old";
  std::ofstream(dir_ / "file.new") << "half of a longer attempt";
  ASSERT_TRUE(write_file(dir_ / "file", "new"));
  EXPECT_EQ(read_file(dir_ / "file").value(), "new");
  EXPECT_FALSE(fs::exists(dir_ / "file.new"));
}

TEST_F(Files, AFailedWriteLeavesTheFileThatWasThere) {
  std::ofstream(dir_ / "file") << "old";
  fs::create_directory(dir_ / "file.new");  // in the way
  EXPECT_FALSE(write_file(dir_ / "file", "new"));
  EXPECT_EQ(read_file(dir_ / "file").value(), "old");
}

TEST_F(Files, ADirectoryThatExistsIsNoError) {
  EXPECT_TRUE(make_directory(dir_ / "a" / ""));
  EXPECT_TRUE(make_directory(dir_ / "a"));
  std::ofstream(dir_ / "file") << "x";
  EXPECT_FALSE(make_directory(dir_ / "file"));
  EXPECT_FALSE(make_directory(dir_ / "file" / "below"));
}

TEST_F(Files, ErrorsAreToldApart) {
  EXPECT_EQ(read_file(dir_ / "none").error().code, Errc::not_found);
  EXPECT_EQ(read_file(dir_).error().code, Errc::io);
  EXPECT_EQ(error_of(ENOSPC, "x").code, Errc::read_only);
  EXPECT_EQ(error_of(EFBIG, "x").code, Errc::io);
}

}  // namespace
}  // namespace millrace::storage
