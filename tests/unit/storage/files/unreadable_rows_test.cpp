// Rows of the object store that cannot be decoded: each names itself and holds up no other.
#include "tests/unit/storage/files/fixture.h"

namespace millrace::storage {
namespace {

class UnreadableRowsTest : public FileStoreTest {
 protected:
  UnreadableRowsTest() {
    file_options.report_unreadable = [this](const UnreadableRow& row) { reported.push_back(row.key); };
  }
  void spoil(const std::string& key) {
    CatalogBatch batch;
    batch.put(key, std::string("\x7f", 1) + "spoilt");
    ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
  }
  Strings unreadable() {
    Strings out;
    for (const UnreadableRow& row : files->unreadable()) out.push_back(row.key);
    return out;
  }
  std::string bucket_row() const { return "o/b/" + bucket.account + "/" + bucket.name; }
  std::string object_row(const std::string& key) const {
    return "o/k/" + bucket.account + "/" + bucket.name + "/" + key;
  }

  Strings reported;
};

TEST_F(UnreadableRowsTest, ABucketIsLeftOutOfTheListAndNamed) {
  BucketId other = bucket;
  other.name = "zzz";
  ASSERT_TRUE(run(objects().create_bucket(other, "eu-west-1")));
  ASSERT_TRUE(put("k", "bytes"));
  spoil(bucket_row());
  EXPECT_EQ(unreadable(), Strings{bucket_row()}) << "before anyone met it";
  const auto listed = run(objects().buckets(bucket.account, "", 1)).value();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].name, "zzz");
  const auto found = run(objects().bucket(bucket));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::corrupt);
  EXPECT_NE(found.error().detail.find(bucket_row()), std::string::npos);
  EXPECT_EQ(reported, Strings{bucket_row()}) << "once";

  ASSERT_TRUE(run(objects().create_bucket(bucket, "eu-west-1")));
  EXPECT_EQ(get("k"), "bytes") << "all that it held is there again";
  EXPECT_TRUE(unreadable().empty());
}

TEST_F(UnreadableRowsTest, AnEmptyBucketCanBeRemoved) {
  spoil(bucket_row());
  ASSERT_TRUE(run(objects().remove_bucket(bucket)));
  EXPECT_EQ(run(objects().bucket(bucket)).error().code, Errc::not_found);
  EXPECT_TRUE(unreadable().empty());
}

TEST_F(UnreadableRowsTest, AnObjectIsLeftOutOfTheListAndCanBePutAnewOrDeleted) {
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_TRUE(put(key, "old"));
  spoil(object_row("b"));
  spoil(object_row("c"));
  EXPECT_EQ(names({}), (Strings{"a", "d"}));
  EXPECT_NE(get("b").find(object_row("b")), std::string::npos);
  EXPECT_EQ(unreadable(), (Strings{object_row("b"), object_row("c")}));
  ASSERT_TRUE(put("b", "new"));
  EXPECT_EQ(get("b"), "new");
  EXPECT_EQ(run(objects().remove(bucket, removals({"c"}))).value(), std::vector{Removed::gone});
  EXPECT_EQ(get("c"), "(none)");
  EXPECT_TRUE(unreadable().empty());
}

TEST_F(UnreadableRowsTest, APageOfUnreadableObjectsIsNoEndOfTheList) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(put("k" + std::to_string(i), "x"));
    if (i < 4) spoil(object_row("k" + std::to_string(i)));
  }
  ListRequest request;
  request.limit = 1;
  bool truncated = true;
  EXPECT_EQ(names(request, &truncated), Strings{"k4"});
  EXPECT_FALSE(truncated);
}

TEST_F(UnreadableRowsTest, AnUploadIsLeftOutOfTheListAndCanBeAborted) {
  const std::string spoilt = run(objects().begin_upload(id_of("a"), {})).value();
  const std::string whole = run(objects().begin_upload(id_of("b"), {})).value();
  spoil("o/u/" + bucket.account + "/" + bucket.name + "/a" + std::string(1, '\0') + spoilt);
  const auto listed = run(objects().uploads(bucket, "", "", "", 1)).value();
  ASSERT_EQ(listed.uploads.size(), 1u);
  EXPECT_EQ(listed.uploads[0].id, whole);
  EXPECT_FALSE(listed.truncated);
  EXPECT_EQ(unreadable(), Strings{"o/u/" + bucket.account + "/" + bucket.name + "/a%00" + spoilt});
  ASSERT_TRUE(run(objects().abort_upload({id_of("a"), spoilt})));
  EXPECT_TRUE(unreadable().empty());
  ASSERT_TRUE(run(objects().remove_bucket(bucket)));
}

}  // namespace
}  // namespace millrace::storage
