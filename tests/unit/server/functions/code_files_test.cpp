#include "server/functions/code_files.h"

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
  CodeFiles files{directory, true, nullptr};
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
