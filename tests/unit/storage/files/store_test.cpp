#include "storage/files/store.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "tests/unit/storage/files/fixture.h"

namespace millrace::storage {
namespace {

using Kind = Condition::Kind;

TEST_F(FileStoreTest, AnObjectIsReadAsItWasPut) {
  const std::string bytes("\0binary\xff\n", 9);
  const auto made = put("a/b c", bytes);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size, bytes.size());
  reopen_files();
  const auto opened = run(objects().open(id_of("a/b c")));
  ASSERT_TRUE(opened);
  EXPECT_EQ(bytes_of(*opened), bytes);
  EXPECT_EQ(opened->object.key, "a/b c");
  EXPECT_EQ(opened->object.modified, clock.now());
  EXPECT_EQ(opened->object.description.tag, "tag of " + bytes);
  EXPECT_EQ(opened->object.description.attributes, (Attributes{{"a", "1"}}));
}

TEST_F(FileStoreTest, AnEmptyObjectIsAnObject) {
  ASSERT_TRUE(put("empty", ""));
  EXPECT_EQ(get("empty"), "");
}

TEST_F(FileStoreTest, ContentThatComesInPiecesIsAnObjectOnceItIsPut) {
  auto content = objects().incoming();
  ASSERT_TRUE(run(content->append("one ")));
  ASSERT_TRUE(run(content->append("two")));
  EXPECT_EQ(content->size(), 7u);
  EXPECT_EQ(get("k"), "(none)");
  const auto made = run(objects().put(id_of("k"), std::move(content), {}, {}));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size, 7u);
  EXPECT_EQ(get("k"), "one two");
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(FileStoreTest, ContentOfWhichNothingCameIsAnEmptyObject) {
  ASSERT_TRUE(run(objects().put(id_of("k"), objects().incoming(), {}, {})));
  EXPECT_EQ(get("k"), "");
}

TEST_F(FileStoreTest, ContentThatIsNotPutLeavesNothing) {
  auto content = objects().incoming();
  ASSERT_TRUE(run(content->append("bytes")));
  content.reset();
  EXPECT_EQ(files_on_disk(), 0u);
  content = objects().incoming();
  ASSERT_TRUE(run(content->append("bytes")));
  const BucketId other{"000000000000", "other"};
  EXPECT_EQ(run(objects().put({other, "k"}, std::move(content), {}, {})).error().code, Errc::not_found);
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(FileStoreTest, ContentIsRefusedOnceTheDiskIsFull) {
  bool full = false;
  file_options.is_full = [&full] { return full; };
  reopen_files();
  auto content = objects().incoming();
  ASSERT_TRUE(run(content->append("bytes")));
  full = true;
  EXPECT_EQ(run(content->append("more")).error().code, Errc::read_only);
  content.reset();
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(FileStoreTest, WithoutABucketThereIsNothing) {
  const BucketId other{"000000000000", "other"};
  EXPECT_EQ(run(objects().put({other, "k"}, std::string("x"), {}, {})).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().open({other, "k"})).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().list(other, {})).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().begin_upload({other, "k"}, {})).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().remove(other, removals({"k"}))).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().bucket(other)).error().code, Errc::not_found);
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(FileStoreTest, BucketsAreTheAccountsOwn) {
  const BucketId same_name{"123456789012", "bucket"};
  ASSERT_TRUE(run(objects().create_bucket(same_name, "us-east-1")));
  ASSERT_TRUE(put("k", "mine"));
  EXPECT_EQ(run(objects().open({same_name, "k"})).error().code, Errc::not_found);
  const auto mine = run(objects().buckets("000000000000", "", 10)).value();
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0].location, "eu-west-1");
  EXPECT_EQ(run(objects().create_bucket(bucket, "x")).error().code, Errc::conflict);
}

TEST_F(FileStoreTest, ABucketIsRemovedWhenItIsEmpty) {
  ASSERT_TRUE(put("k", "x"));
  EXPECT_EQ(run(objects().remove_bucket(bucket)).error().code, Errc::conflict);
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k"}))));
  const std::string upload = run(objects().begin_upload(id_of("u"), {})).value();
  ASSERT_TRUE(run(objects().put_part({id_of("u"), upload}, 1, std::string("part"), {})));
  ASSERT_TRUE(run(objects().remove_bucket(bucket)));
  EXPECT_EQ(run(objects().bucket(bucket)).error().code, Errc::not_found);
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(FileStoreTest, ReplacingAndRemovingReturnTheSpace) {
  ASSERT_TRUE(put("k", "one"));
  ASSERT_TRUE(put("k", "two"));
  EXPECT_EQ(get("k"), "two");
  EXPECT_EQ(files_on_disk(), 1u);
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k", "k", "never there"}))));
  EXPECT_EQ(get("k"), "(none)");
  EXPECT_EQ(files_on_disk(), 0u);
  EXPECT_TRUE(store->catalog().scan("o/k/", "", 10).value().empty());
  EXPECT_TRUE(store->catalog().scan("o/f/", "", 10).value().empty());
}

TEST_F(FileStoreTest, WhatIsHeldOpenStaysReadable) {
  ASSERT_TRUE(put("k", "before"));
  const auto opened = run(objects().open(id_of("k"))).value();
  ASSERT_TRUE(put("k", "after"));
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k"}))));
  reopen_files();
  EXPECT_EQ(bytes_of(opened), "before");
}

TEST_F(FileStoreTest, ConditionsAreChecked) {
  EXPECT_EQ(put("k", "x", {Kind::tag_is, "tag"}).error().code, Errc::not_found);
  ASSERT_TRUE(put("k", "one", {Kind::absent, ""}));
  EXPECT_EQ(put("k", "two", {Kind::absent, ""}).error().code, Errc::conflict);
  EXPECT_EQ(put("k", "two", {Kind::tag_is, "other"}).error().code, Errc::conflict);
  ASSERT_TRUE(put("k", "two", {Kind::tag_is, "tag of one"}));
  EXPECT_EQ(get("k"), "two");
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(FileStoreTest, OfManyConditionalPutsOneWins) {
  asio::thread_pool callers(4);
  std::atomic<int> won = 0, lost = 0;
  for (int i = 0; i < 64; ++i) {
    auto one = [](ObjectStore& to, ObjectId id, std::atomic<int>& w,
                  std::atomic<int>& l) -> asio::awaitable<void> {
      storage::Content content = std::string("x");
      storage::Condition condition{Kind::absent, ""};
      const auto made = co_await to.put(id, std::move(content), {}, std::move(condition));
      ++(made ? w : l);
    };
    asio::co_spawn(callers, one(objects(), id_of("k"), won, lost), asio::detached);
  }
  callers.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 63);
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(FileStoreTest, ACopyIsOfTheBytesHeldOpen) {
  ASSERT_TRUE(put("from", "0123456789"));
  const auto source = run(objects().open(id_of("from"))).value();
  ASSERT_TRUE(run(objects().put(id_of("to"), FileRange{source.descriptor, 2, 5}, {}, {})));
  EXPECT_EQ(get("to"), "23456");
}

TEST_F(FileStoreTest, WhatACrashLeftIsSweptAway) {
  ASSERT_TRUE(put("k", "kept"));
  ASSERT_TRUE(put("moved", "moved"));
  files->close();
  // A put that was not committed, one that was committed and not moved, and garbage that was not unlinked.
  const std::string stray(32, 'a'), garbage(32, 'b');
  std::ofstream(file_options.dir / "incoming" / stray) << "stray";
  std::filesystem::create_directory(file_options.dir / "bb");
  std::ofstream(file_options.dir / "bb" / garbage) << "garbage";
  CatalogBatch batch;
  batch.put("o/g/" + garbage, "");
  ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
  for (const Row& row : store->catalog().scan("o/f/", "", 10).value()) {
    const std::string file = row.key.substr(4);
    std::filesystem::rename(file_options.dir / file.substr(0, 2) / file,
                            file_options.dir / "incoming" / file);
  }
  reopen_files();
  EXPECT_EQ(get("k"), "kept");
  EXPECT_EQ(get("moved"), "moved");
  // The sweep is the pool's work, which closing cuts short: only waiting shows that it is done.
  const auto swept = [&] {
    return !std::filesystem::exists(file_options.dir / "incoming" / stray) &&
           !std::filesystem::exists(file_options.dir / "bb" / garbage);
  };
  EXPECT_TRUE(eventually(swept));
  EXPECT_EQ(files_on_disk(), 2u);
  ASSERT_TRUE(put("next commit", "takes the note"));
}

TEST_F(FileStoreTest, AFailedWriteLeavesNothing) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  files->close();
  open_files();
  const rlimit small{1 << 20, before.rlim_max};
  const std::string large(2 << 20, 'x');
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto made = put("k", large);
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::io);
  EXPECT_EQ(get("k"), "(none)");
  EXPECT_EQ(files_on_disk(), 0u);
  EXPECT_TRUE(put("k", large));
}

TEST_F(FileStoreTest, ManyChangesOfOneKeyLeaveOneFile) {
  asio::thread_pool callers(4);
  for (int i = 0; i < 200; ++i) {
    auto one = [](ObjectStore& to, ObjectId id, int n) -> asio::awaitable<void> {
      storage::Content content = std::to_string(n);
      if (n % 5 == 4) {
        std::vector<Removal> removals{{id.key, {}}};
        (void)co_await to.remove(id.bucket, std::move(removals));
      } else {
        (void)co_await to.put(id, std::move(content), {}, {});
      }
    };
    asio::co_spawn(callers, one(objects(), id_of("k" + std::to_string(i % 3)), i), asio::detached);
  }
  callers.join();
  ASSERT_TRUE(put("k0", "last"));
  ASSERT_TRUE(put("k1", "last"));
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k2"}))));
  EXPECT_EQ(get("k0"), "last");
  EXPECT_EQ(files_on_disk(), 2u);
}

}  // namespace
}  // namespace millrace::storage
