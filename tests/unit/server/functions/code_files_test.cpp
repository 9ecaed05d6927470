#include "server/functions/code/code_files.h"

#include <boost/asio.hpp>
#include <fstream>

#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::functions {
namespace {

namespace asio = boost::asio;

constexpr const char* kAccount = "000000000000";

class CodeFilesTest : public ::testing::Test {
 protected:
  template <class T>
  static T run(asio::awaitable<T> work) {
    asio::io_context context;
    auto result = asio::co_spawn(context, std::move(work), asio::use_future);
    context.run();
    return result.get();
  }
  std::string put(const std::string& zip) {
    const std::string sha = digest_of(zip);
    EXPECT_TRUE(run(files.put(kAccount, sha, zip)));
    return sha;
  }
  std::optional<std::string> zip_of(const std::string& sha) { return run(files.zip_of(kAccount, sha)); }

  ScratchDirectory scratch;
  fs::path directory = scratch.path() / "archives";
  CodeFiles files{directory, {}, nullptr};
};

TEST_F(CodeFilesTest, WhatWasPutIsThere) {
  const std::string bytes("\0zip\xff", 5);
  const std::string sha = put(bytes);
  EXPECT_EQ(zip_of(sha), bytes);
  EXPECT_EQ(put(bytes), sha);  // again is no error
  EXPECT_EQ(zip_of(digest_of("other")), std::nullopt);
  EXPECT_EQ(run(files.zip_of("111111111111", sha)), std::nullopt);
  const auto part = run(files.file_of(kAccount, sha));
  ASSERT_TRUE(part);
  EXPECT_EQ(part->size, 5u);
  EXPECT_FALSE(run(files.file_of(kAccount, digest_of("other"))));
}

TEST_F(CodeFilesTest, ADiscardedArchiveIsGoneUnlessItIsUsed) {
  const std::string sha = put("zip");
  run(files.discard(kAccount, sha, [] { return false; }));
  EXPECT_TRUE(zip_of(sha));
  run(files.discard(kAccount, sha, [] { return true; }));
  EXPECT_FALSE(zip_of(sha));
  run(files.discard(kAccount, sha, [] { return true; }));
  put("zip");
  EXPECT_TRUE(zip_of(sha));
}

TEST_F(CodeFilesTest, ASweepLeavesWhatIsUsed) {
  const std::string used = put("used"), unused = put("unused");
  std::ofstream(directory / kAccount / "half.zip.new") << "half";
  std::ofstream(directory / kAccount / "name.zip") << "not ours";
  run(files.sweep([&](const std::string& account, const std::string& sha) {
    return account == kAccount && sha == used;
  }));
  EXPECT_TRUE(zip_of(used));
  EXPECT_FALSE(zip_of(unused));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory / kAccount), fs::directory_iterator()), 1);
}

TEST_F(CodeFilesTest, ASweepRemovesNothingBehindLinks) {
  const std::string used = put("used"), unused = put("unused");
  const fs::path elsewhere = scratch.path() / "elsewhere", aside = directory.string() + ".unused";
  fs::create_directories(elsewhere / kAccount / "below");
  std::ofstream(elsewhere / kAccount / "file.zip") << "of somebody else";
  const auto sweep = [&] {
    run(files.sweep([&](const std::string&, const std::string& sha) { return sha == used; }));
  };
  fs::create_directory_symlink(elsewhere / kAccount, directory / "111111111111");
  fs::create_directory_symlink(elsewhere, aside);
  sweep();
  fs::remove(aside);
  fs::create_directory(aside);
  fs::create_directory_symlink(elsewhere / kAccount, aside / kAccount);
  sweep();
  EXPECT_TRUE(fs::exists(elsewhere / kAccount / "file.zip"));
  EXPECT_TRUE(fs::exists(elsewhere / kAccount / "below"));
  EXPECT_TRUE(zip_of(used));
  EXPECT_TRUE(zip_of(unused));
}

TEST_F(CodeFilesTest, WhatOneSweepSetsAsideALaterOneRemovesOrPutsBack) {
  const std::string used = put("used"), unused = put("unused"), again = put("used again");
  const fs::path aside = directory.string() + ".unused";
  const auto count = [&] {
    return std::distance(fs::directory_iterator(aside / kAccount), fs::directory_iterator());
  };
  run(files.sweep([&](const std::string&, const std::string& sha) { return sha == used; }));
  EXPECT_EQ(count(), 2);
  CodeFiles doubtful{directory, {.sync = false, .keep_unused = true}, nullptr};
  run(doubtful.sweep([&](const std::string&, const std::string& sha) { return sha == used; }));
  EXPECT_EQ(count(), 2);
  run(files.sweep([&](const std::string&, const std::string& sha) { return sha == used || sha == again; }));
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(zip_of(again));
  EXPECT_FALSE(zip_of(unused));
}

TEST_F(CodeFilesTest, ASweepOfACatalogThatKnowsNoArchiveLeavesAll) {
  const std::string first = put("first"), second = put("second");
  for (int i = 0; i < 2; ++i) run(files.sweep([](const std::string&, const std::string&) { return false; }));
  EXPECT_TRUE(zip_of(first));
  EXPECT_TRUE(zip_of(second));
}

TEST_F(CodeFilesTest, ASweepThatMayHaveLostRowsLeavesAll) {
  const std::string used = put("used"), unused = put("unused");
  CodeFiles doubtful{directory, {.sync = false, .keep_unused = true}, nullptr};
  run(doubtful.sweep([&](const std::string&, const std::string& sha) { return sha == used; }));
  EXPECT_TRUE(zip_of(unused));
}

TEST_F(CodeFilesTest, AnArchiveThatIsMissingOrCutIsNotedUntilItIsWholeAgain) {
  storage::DamagedObjects damaged;
  CodeFiles checked{directory, {}, nullptr, &damaged};
  const std::string sha = put("the zip");
  const auto check = [&](bool used = true) {
    checked.recheck_damaged();
    checked.check(kAccount, sha, 7, [used] { return used; });
    const auto all = damaged.all();
    return all.empty() ? std::string() : all.front().detail;
  };
  EXPECT_EQ(check(), "");
  const fs::path file = fs::directory_iterator(directory / kAccount)->path();
  fs::remove(file);
  EXPECT_EQ(check(false), "");
  EXPECT_TRUE(has(check(), "is missing"));
  std::ofstream(file) << "the zip";
  EXPECT_EQ(check(), "");
  std::ofstream(file) << "the";
  EXPECT_TRUE(has(check(), "3 bytes instead of 7"));
  EXPECT_TRUE(run(checked.put(kAccount, sha, "the zip")));
  EXPECT_EQ(check(), "");
}

TEST_F(CodeFilesTest, AFailedWriteLeavesNothing) {
  std::ofstream(directory / kAccount) << "a file where the directory should be";
  const auto result = run(files.put(kAccount, digest_of("zip"), "zip"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, storage::Errc::io);
}

TEST_F(CodeFilesTest, WithoutAnObjectStoreEveryBucketIsMissing) {
  const auto fetched = run(files.fetch({kAccount, "us-east-1", ""}, "bucket", "key", 100));
  ASSERT_TRUE(fetched.has_error());
  EXPECT_EQ(fetched.error().code, "NoSuchBucket");
}

TEST_F(CodeFilesTest, PutsAndDiscardsAtOnceLeaveOneWholeArchive) {
  const std::string zip(1 << 20, 'z'), sha = digest_of(zip);
  asio::thread_pool callers(4);
  std::vector<std::future<void>> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(asio::co_spawn(
        callers,
        [](CodeFiles& f, std::string s, std::string z) -> asio::awaitable<void> {
          const auto kept = co_await f.put(kAccount, std::move(s), std::move(z));
          EXPECT_TRUE(kept);
        }(files, sha, zip),
        asio::use_future));
    all.push_back(
        asio::co_spawn(callers, files.discard(kAccount, sha, [] { return true; }), asio::use_future));
  }
  for (auto& one : all) one.get();
  put(zip);
  EXPECT_EQ(zip_of(sha), zip);
}

}  // namespace
}  // namespace millrace::functions
