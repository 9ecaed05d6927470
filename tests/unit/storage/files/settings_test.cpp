#include "tests/unit/storage/files/fixture.h"

namespace millrace::storage {
namespace {

class SettingsTest : public FileStoreTest {
 protected:
  std::optional<std::string> setting(const std::string& name) {
    return run(objects().setting(bucket, name)).value();
  }
  std::vector<std::string> buckets_with(const std::string& name) {
    std::vector<std::string> out;
    for (const BucketId& id : run(objects().buckets_with(name, {}, 100)).value())
      out.push_back(id.account + "/" + id.name);
    return out;
  }
};

TEST_F(SettingsTest, AreKeptWithTheBucketAndGoWithIt) {
  EXPECT_EQ(setting("a"), std::nullopt);
  ASSERT_TRUE(run(objects().set_setting(bucket, "a", "1")));
  ASSERT_TRUE(run(objects().set_setting(bucket, "b", "")));
  reopen_files();
  EXPECT_EQ(setting("a"), "1");
  EXPECT_EQ(setting("b"), "");
  ASSERT_TRUE(run(objects().set_setting(bucket, "a", std::nullopt)));
  EXPECT_EQ(setting("a"), std::nullopt);
  ASSERT_TRUE(run(objects().remove_bucket(bucket)));
  EXPECT_EQ(run(objects().setting(bucket, "b")).error().code, Errc::not_found);
  EXPECT_EQ(run(objects().set_setting(bucket, "b", "1")).error().code, Errc::not_found);
  ASSERT_TRUE(run(objects().create_bucket(bucket, "x", {{"c", "3"}})));
  EXPECT_EQ(setting("b"), std::nullopt);
  EXPECT_EQ(setting("c"), "3");
}

TEST_F(SettingsTest, FindTheirBuckets) {
  const BucketId second{"000000000000", "second"}, others{"111111111111", "bucket"};
  for (const BucketId& id : {second, others}) ASSERT_TRUE(run(objects().create_bucket(id, "x")));
  EXPECT_TRUE(buckets_with("a").empty());
  for (const BucketId& id : {second, others, bucket}) ASSERT_TRUE(run(objects().set_setting(id, "a", "1")));
  ASSERT_TRUE(run(objects().set_setting(bucket, "ab", "1")));
  EXPECT_EQ(buckets_with("a"),
            (Strings{"000000000000/bucket", "000000000000/second", "111111111111/bucket"}));
  const auto behind = run(objects().buckets_with("a", second, 100)).value();
  ASSERT_EQ(behind.size(), 1u);
  EXPECT_EQ(behind[0].account, "111111111111");
  ASSERT_TRUE(run(objects().remove_bucket(bucket)));
  EXPECT_EQ(buckets_with("a").size(), 2u);
  EXPECT_TRUE(buckets_with("ab").empty());
}

TEST_F(SettingsTest, AttributesOfAnObjectChangeWithoutIt) {
  const Object before = put("k", "bytes").value();
  clock.advance(std::chrono::seconds(5));
  ASSERT_TRUE(run(objects().set_attribute(id_of("k"), "a", "2")));
  ASSERT_TRUE(run(objects().set_attribute(id_of("k"), "b", "3")));
  const OpenObject open = run(objects().open(id_of("k"))).value();
  EXPECT_EQ(open.object.modified, before.modified);
  EXPECT_EQ(open.object.description.tag, before.description.tag);
  EXPECT_EQ(open.object.description.attributes, (Attributes{{"a", "2"}, {"b", "3"}}));
  EXPECT_EQ(bytes_of(open), "bytes");
  ASSERT_TRUE(run(objects().set_attribute(id_of("k"), "a", std::nullopt)));
  EXPECT_EQ(run(objects().open(id_of("k"))).value().object.description.attributes, (Attributes{{"b", "3"}}));
  EXPECT_EQ(run(objects().set_attribute(id_of("none"), "a", "1")).error().code, Errc::not_found);
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(SettingsTest, RemovalsHaveConditions) {
  const Object one = put("one", "1").value();
  ASSERT_TRUE(put("two", "2"));
  using Kind = Condition::Kind;
  const auto outcomes = run(objects().remove(
      bucket,
      std::vector<Removal>{{"one", {Kind::unchanged, "tag of 1", one.modified + std::chrono::seconds(1)}},
                           {"two", {Kind::tag_is, "other"}},
                           {"none", {Kind::present, ""}},
                           {"none", {}},
                           {"one", {Kind::unchanged, "tag of 1", one.modified}},
                           {"one", {Kind::present, ""}}}));
  EXPECT_EQ(outcomes.value(), (std::vector<Removed>{Removed::refused, Removed::refused, Removed::absent,
                                                    Removed::gone, Removed::gone, Removed::absent}));
  EXPECT_EQ(get("one"), "(none)");
  EXPECT_EQ(get("two"), "2");
}

TEST_F(SettingsTest, AConditionalCompletionSeesOtherWrites) {
  using Kind = Condition::Kind;
  const auto complete = [&](const std::string& upload, Condition condition) -> std::optional<Errc> {
    const auto parts = run(objects().parts({id_of("k"), upload}, 0, 10)).value();
    const auto made =
        run(objects().complete_upload({id_of("k"), upload}, parts, Description{"made", {}}, condition));
    return made ? std::nullopt : std::optional(made.error().code);
  };
  const auto begin = [&] {
    const std::string upload = run(objects().begin_upload(id_of("k"), {})).value();
    EXPECT_TRUE(run(objects().put_part({id_of("k"), upload}, 1, std::string("part"), {})));
    return upload;
  };
  ASSERT_TRUE(put("k", "x"));
  const std::string upload = begin();
  ASSERT_TRUE(put("k", "x"));
  EXPECT_EQ(complete(upload, {Kind::tag_is, "tag of x"}), Errc::trimmed);
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k"}))));
  EXPECT_EQ(complete(upload, {Kind::tag_is, "tag of x"}), Errc::not_found);
  EXPECT_EQ(complete(upload, {Kind::absent, ""}), Errc::trimmed);
  EXPECT_EQ(complete(begin(), {Kind::absent, ""}), std::nullopt);
  EXPECT_EQ(complete(upload, {}), std::nullopt);
}

TEST_F(SettingsTest, AConditionalCompletionSeesAnObjectThatCameAndWent) {
  const auto begin = [&](const std::string& key) {
    const std::string upload = run(objects().begin_upload(id_of(key), {})).value();
    EXPECT_TRUE(run(objects().put_part({id_of(key), upload}, 1, std::string("part"), {})));
    return upload;
  };
  const auto complete = [&](const std::string& key, const std::string& upload) -> std::optional<Errc> {
    const auto parts = run(objects().parts({id_of(key), upload}, 0, 10)).value();
    const auto made = run(objects().complete_upload({id_of(key), upload}, parts, Description{"made", {}},
                                                    {Condition::Kind::absent, ""}));
    return made ? std::nullopt : std::optional(made.error().code);
  };
  const std::string upload = begin("k"), other = begin("k2"), ended = begin("k");
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k"})))) << "of nothing, which tells nobody";
  ASSERT_TRUE(put("k", "x"));
  ASSERT_TRUE(run(objects().abort_upload({id_of("k"), ended})));
  ASSERT_TRUE(run(objects().remove(bucket, removals({"k", "k2"}))));
  EXPECT_EQ(run(objects().upload({id_of("k"), ended})).error().code, Errc::not_found);
  EXPECT_EQ(complete("k", upload), Errc::trimmed);
  EXPECT_EQ(complete("k2", other), std::nullopt);
  EXPECT_EQ(complete("k", begin("k")), std::nullopt);
}

TEST_F(SettingsTest, AnUploadOfTheFirstVersionsFormIsReadable) {
  const std::string upload = run(objects().begin_upload(id_of("k"), {{"a", "1"}})).value();
  const auto rows = store->catalog().scan("o/u/", "", 10).value();
  ASSERT_EQ(rows.size(), 1u);
  std::string old = rows[0].value;
  old[0] = 1;
  old.resize(old.size() - 4);  // without `before`, which is empty here
  CatalogBatch batch;
  batch.put(rows[0].key, old);
  ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
  const Upload read = run(objects().upload({id_of("k"), upload})).value();
  EXPECT_EQ(read.attributes, (Attributes{{"a", "1"}}));
  EXPECT_EQ(read.before, std::nullopt);
}

}  // namespace
}  // namespace millrace::storage
