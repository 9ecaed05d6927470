#include "tests/unit/storage/files/fixture.h"

namespace millrace::storage {
namespace {

class UploadTest : public FileStoreTest {
 protected:
  UploadId begin(const std::string& key) {
    return {id_of(key), run(objects().begin_upload(id_of(key), {{"content-type", "text/plain"}})).value()};
  }
  Part part(const UploadId& id, std::uint32_t number, const std::string& bytes) {
    return run(objects().put_part(id, number, bytes, Description{"tag of " + bytes, {}})).value();
  }
  Result<Object> complete(const UploadId& id, const std::vector<Part>& parts, Condition condition = {}) {
    return run(objects().complete_upload(id, parts, Description{"whole", {}}, condition));
  }
  std::size_t listed(const UploadId& id) { return run(objects().parts(id, 0, 100)).value().size(); }
};

TEST_F(UploadTest, PartsBecomeAnObjectInTheirOrder) {
  const UploadId id = begin("k");
  EXPECT_EQ(run(objects().upload(id)).value().attributes, (Attributes{{"content-type", "text/plain"}}));
  const Part second = part(id, 2, "world");
  const Part first = part(id, 1, "hello ");
  part(id, 3, "not named");
  EXPECT_EQ(get("k"), "(none)");
  const auto made = complete(id, {first, second});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size, 11u);
  EXPECT_EQ(made->description.tag, "whole");
  EXPECT_EQ(get("k"), "hello world");
  EXPECT_EQ(run(objects().upload(id)).error().code, Errc::not_found);
  EXPECT_EQ(listed(id), 0u);
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(UploadTest, ASinglePartIsTheObject) {
  ASSERT_TRUE(put("k", "old"));
  const UploadId id = begin("k");
  const Part only = part(id, 7, "alone");
  ASSERT_TRUE(complete(id, {only}));
  reopen_files();
  EXPECT_EQ(get("k"), "alone");
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(UploadTest, ANumberThatWasBroughtBeforeIsReplaced) {
  const UploadId id = begin("k");
  const Part old = part(id, 1, "old");
  const Part fresh = part(id, 1, "new");
  EXPECT_EQ(complete(id, {old}).error().code, Errc::closed);
  ASSERT_TRUE(complete(id, {fresh}));
  EXPECT_EQ(get("k"), "new");
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(UploadTest, AnAbortedUploadIsGone) {
  const UploadId id = begin("k");
  part(id, 1, "x");
  ASSERT_TRUE(run(objects().abort_upload(id)));
  EXPECT_EQ(run(objects().abort_upload(id)).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().put_part(id, 1, std::string("y"), {})).error().code, Errc::not_found);
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(UploadTest, AConditionThatDoesNotHoldKeepsTheUpload) {
  ASSERT_TRUE(put("k", "there"));
  const UploadId id = begin("k");
  const std::vector<Part> parts{part(id, 1, "a"), part(id, 2, "b")};
  EXPECT_EQ(complete(id, parts, {Condition::Kind::absent, ""}).error().code, Errc::conflict);
  EXPECT_EQ(get("k"), "there");
  EXPECT_EQ(listed(id), 2u);
  ASSERT_TRUE(complete(id, parts, {Condition::Kind::tag_is, "tag of there"}));
  EXPECT_EQ(get("k"), "ab");
}

TEST_F(UploadTest, UploadsSurviveAReopeningAndAreListed) {
  const UploadId b = begin("b"), a1 = begin("a"), a2 = begin("a");
  part(b, 1, "x");
  reopen_files();
  EXPECT_EQ(listed(b), 1u);
  const auto all = run(objects().uploads(bucket, "", "", "", 10)).value();
  ASSERT_EQ(all.uploads.size(), 3u);
  EXPECT_EQ(all.uploads[2].id, b.id);
  const auto page = run(objects().uploads(bucket, "", "", "", 1)).value();
  EXPECT_TRUE(page.truncated);
  EXPECT_EQ(page.uploads[0].id, std::min(a1.id, a2.id));
  const auto next = run(objects().uploads(bucket, "", "a", page.uploads[0].id, 1)).value();
  EXPECT_EQ(next.uploads[0].id, std::max(a1.id, a2.id));
  const auto behind = run(objects().uploads(bucket, "", "a", "", 10)).value();
  ASSERT_EQ(behind.uploads.size(), 1u);
  EXPECT_EQ(behind.uploads[0].key, "b");
  EXPECT_EQ(run(objects().uploads(bucket, "b", "", "", 10)).value().uploads.size(), 1u);
}

TEST_F(UploadTest, AForgedIdentifierIsNotFound) {
  const UploadId id = begin("k");
  for (const std::string& forged : {std::string(), std::string("x"), std::string(32, '0'), id.id + "/"}) {
    EXPECT_EQ(run(objects().upload({id_of("k"), forged})).error().code, Errc::not_found);
    EXPECT_EQ(run(objects().put_part({id_of("k"), forged}, 1, std::string("x"), {})).error().code,
              Errc::not_found);
  }
  EXPECT_EQ(run(objects().upload({id_of("other"), id.id})).error().code, Errc::not_found);
}

}  // namespace
}  // namespace millrace::storage
