#include "server/start/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "storage/base/files.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

class DataDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "millrace-data-XXXXXX").string();
    dir_ = fs::path(::mkdtemp(pattern.data())) / "data";
  }
  void TearDown() override { fs::remove_all(dir_.parent_path()); }
  std::string version() const { return storage::read_file(dir_ / "VERSION").value(); }
  fs::path dir_;
};

// What a power loss leaves of a first start: each state in which the file may be found.
TEST_F(DataDirectoryTest, AnEmptyOrMissingVersionIsWrittenAnew) {
  { const DataDirectory first(dir_); }
  EXPECT_EQ(version(), "2\n");
  fs::create_directory(dir_ / "log");
  for (const std::string& state :
       {std::string(), std::string("\n"), std::string(2, '\0'), std::string("2")}) {
    std::ofstream(dir_ / "VERSION", std::ios::trunc | std::ios::binary) << state;
    { const DataDirectory again(dir_); }
    EXPECT_EQ(version(), state == "2" ? "2" : "2\n");
  }
  fs::remove(dir_ / "VERSION");
  std::ofstream(dir_ / "VERSION.new") << "";  // the crash came between the two
  { const DataDirectory again(dir_); }
  EXPECT_EQ(version(), "2\n");
}

TEST_F(DataDirectoryTest, AnotherVersionIsRefusedAndLeftAlone) {
  { const DataDirectory first(dir_); }
  for (const char* other : {"3\n", "1", "22", "2 2", "two"}) {
    std::ofstream(dir_ / "VERSION", std::ios::trunc) << other;
    try {
      const DataDirectory again(dir_);
      FAIL() << other;
    } catch (const std::runtime_error& e) {
      EXPECT_NE(std::string(e.what()).find("this version of Millrace reads format 2"), std::string::npos)
          << e.what();
    }
    EXPECT_EQ(version(), other);
  }
}

TEST_F(DataDirectoryTest, AVersionThatCannotBeReadIsNotTakenForAMissingOne) {
  { const DataDirectory first(dir_); }
  fs::remove(dir_ / "VERSION");
  fs::create_directory(dir_ / "VERSION");  // EISDIR stands for EIO
  EXPECT_THROW(DataDirectory{dir_}, std::runtime_error);
}

TEST_F(DataDirectoryTest, WhatAnEarlierReleaseMadeOpenIsClosed) {
  fs::create_directories(dir_ / "log" / "segments");
  std::ofstream(dir_ / "VERSION") << "2\n";
  fs::permissions(dir_ / "log", fs::perms(0755));
  fs::permissions(dir_ / "VERSION", fs::perms(0644));
  { const DataDirectory again(dir_); }
  EXPECT_EQ(fs::status(dir_ / "log").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(dir_ / "VERSION").permissions(), fs::perms(0600));
}

TEST_F(DataDirectoryTest, DataWithoutTheirLogAreRefused) {
  for (const char* left : {"objects/incoming", "functions/archives", "keys/master"}) {
    fs::remove_all(dir_);
    { const DataDirectory first(dir_); }
    fs::create_directories(dir_ / left);
    for (const bool empty : {false, true}) {
      if (empty) fs::create_directory(dir_ / "log");  // the mount point of a volume
      try {
        const DataDirectory again(dir_);
        FAIL() << left;
      } catch (const std::runtime_error& e) {
        EXPECT_NE(std::string(e.what()).find(empty ? "log is empty" : "log is missing"), std::string::npos);
        EXPECT_NE(std::string(e.what()).find("--accept-data-loss"), std::string::npos);
      }
    }
    EXPECT_TRUE(DataDirectory(dir_, true).lost_log());
    std::ofstream(dir_ / "log" / "segment") << "data";
    EXPECT_FALSE(DataDirectory(dir_).lost_log());
  }
}

TEST_F(DataDirectoryTest, AKeyThatIsBroughtIsNoDataOfAServer) {
  fs::create_directories(dir_ / "keys");
  std::ofstream(dir_ / "keys" / "master") << std::string(32, 'k');
  EXPECT_FALSE(DataDirectory(dir_).lost_log());
}

TEST_F(DataDirectoryTest, OneServerAtATime) {
  const DataDirectory first(dir_);
  EXPECT_THROW(DataDirectory{dir_}, std::runtime_error);
}

}  // namespace
}  // namespace millrace
