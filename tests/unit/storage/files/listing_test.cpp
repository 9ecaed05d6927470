#include <map>
#include <random>

#include "tests/unit/storage/files/fixture.h"

namespace millrace::storage {
namespace {

class ListingTest : public FileStoreTest {
 protected:
  void put_all(const Strings& keys) {
    for (const std::string& key : keys) ASSERT_TRUE(put(key, "x"));
  }
  // All pages of `limit` entries each.
  Strings pages(ListRequest request) {
    Strings all;
    for (bool more = true; more;) {
      const Strings page = names(request, &more);
      all.insert(all.end(), page.begin(), page.end());
      if (page.empty()) break;
      request.after =
          page.back().ends_with('*') ? page.back().substr(0, page.back().size() - 1) : page.back();
    }
    return all;
  }
};

TEST_F(ListingTest, KeysComeInByteOrder) {
  put_all({"b", "a", "\xc3\xa4", "A", "a/b", "a-b"});
  EXPECT_EQ(names({}), (Strings{"A", "a", "a-b", "a/b", "b", "\xc3\xa4"}));
  EXPECT_EQ(names({.prefix = "a"}), (Strings{"a", "a-b", "a/b"}));
  EXPECT_EQ(names({.after = "a"}), (Strings{"a-b", "a/b", "b", "\xc3\xa4"}));
  EXPECT_EQ(names({.prefix = "a", .after = "zz"}), Strings{});
}

TEST_F(ListingTest, KeysWithADelimiterAreGrouped) {
  put_all({"a", "d/1", "d/2", "d/e/3", "f/1", "g"});
  EXPECT_EQ(names({.delimiter = "/"}), (Strings{"a", "d/*", "f/*", "g"}));
  EXPECT_EQ(names({.prefix = "d/", .delimiter = "/"}), (Strings{"d/1", "d/2", "d/e/*"}));
  EXPECT_EQ(names({.prefix = "d", .delimiter = "/"}), (Strings{"d/*"}));
  EXPECT_EQ(names({.delimiter = "/", .after = "d/"}), (Strings{"f/*", "g"}));
  EXPECT_EQ(names({.delimiter = "/", .after = "d/1"}), (Strings{"f/*", "g"}))
      << "what is within a common prefix passes over all of it";
  EXPECT_EQ(names({.delimiter = "/e/"}), (Strings{"a", "d/1", "d/2", "d/e/*", "f/1", "g"}));
}

TEST_F(ListingTest, APageSaysWhetherMoreFollows) {
  put_all({"a", "b", "c/1", "c/2"});
  bool truncated = false;
  EXPECT_EQ(names({.limit = 2}, &truncated), (Strings{"a", "b"}));
  EXPECT_TRUE(truncated);
  EXPECT_EQ(names({.delimiter = "/", .limit = 3}, &truncated), (Strings{"a", "b", "c/*"}));
  EXPECT_FALSE(truncated) << "the other keys of the last common prefix are no more entries";
}

TEST_F(ListingTest, ACommonPrefixCostsLittleWhateverItHolds) {
  CatalogBatch batch;  // rows alone, of an object that is never opened
  ASSERT_TRUE(put("seed", "x"));
  const std::string row = *store->catalog().get("o/k/000000000000/bucket/seed").value();
  for (int directory = 0; directory < 20; ++directory)
    for (int i = 0; i < 2000; ++i)
      batch.put("o/k/000000000000/bucket/d" + std::to_string(directory) + "/" + std::to_string(i), row);
  ASSERT_TRUE(run(store->catalog().write(std::move(batch))));
  const auto time_of = [&](const ListRequest& request, std::size_t entries) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(names(request).size(), entries);
    return std::chrono::steady_clock::now() - begin;
  };
  const auto all = time_of({.limit = 100'000}, 40'001);
  EXPECT_LT(4 * time_of({.delimiter = "/"}, 21), all);
}

TEST_F(ListingTest, PagesOfAnySizeMakeTheWhole) {
  std::mt19937 random(7);
  std::map<std::string, int> model;
  const std::string letters = "ab/";
  for (int i = 0; i < 300; ++i) {
    std::string key;
    for (auto n = 1 + random() % 6; n > 0; --n) key += letters[random() % letters.size()];
    model[key] = 1;
    ASSERT_TRUE(put(key, "x"));
  }
  for (const std::string prefix : {"", "a", "a/", "b/a"}) {
    Strings expected;
    for (const auto& [key, unused] : model) {
      if (!key.starts_with(prefix)) continue;
      const std::size_t at = key.find('/', prefix.size());
      const std::string name = at == std::string::npos ? key : key.substr(0, at + 1) + "*";
      if (expected.empty() || expected.back() != name) expected.push_back(name);
    }
    for (const std::size_t limit : {1, 2, 7, 1000})
      EXPECT_EQ(pages({.prefix = prefix, .delimiter = "/", .limit = limit}), expected)
          << "prefix " << prefix << ", limit " << limit;
  }
}

}  // namespace
}  // namespace millrace::storage
