#include "tests/unit/storage/rocksdb/fixture.h"

namespace millrace::storage {
namespace {

class CatalogTest : public StoreTest {
 protected:
  void SetUp() override { open(); }
  Catalog& catalog() { return store->catalog(); }
  void put(std::string key, std::string value, Sync sync = Sync::durable) {
    CatalogBatch batch;
    batch.put(std::move(key), std::move(value));
    ASSERT_TRUE(run(catalog().write(std::move(batch), sync)));
  }
  Strings keys(std::string_view prefix, std::string_view after, std::size_t limit) {
    Strings found;
    const auto rows = catalog().scan(prefix, after, limit);
    for (const Row& row : rows.value()) found.push_back(row.key);
    return found;
  }
};

TEST_F(CatalogTest, ARowIsReadAsItWasWritten) {
  EXPECT_EQ(catalog().get("a").value(), std::nullopt);
  put("a", std::string("\0x\xff", 3));
  EXPECT_EQ(catalog().get("a").value(), std::string("\0x\xff", 3));
  reopen();
  EXPECT_EQ(catalog().get("a").value(), std::string("\0x\xff", 3));
}

TEST_F(CatalogTest, ABatchIsAppliedInTheOrderOfCalls) {
  CatalogBatch batch;
  batch.put("a", "1");
  batch.put("b", "1");
  batch.remove("a");
  batch.put("b", "2");
  ASSERT_TRUE(run(catalog().write(std::move(batch))));
  EXPECT_EQ(catalog().get("a").value(), std::nullopt);
  EXPECT_EQ(catalog().get("b").value(), "2");
}

TEST_F(CatalogTest, ScanReturnsThePrefixInOrderBehindTheKey) {
  for (const auto* key : {"p/c", "p/a", "q", "p/b", "o", "p\xff"}) put(key, "v");
  EXPECT_EQ(keys("p/", "", 10), (Strings{"p/a", "p/b", "p/c"}));
  EXPECT_EQ(keys("p/", "", 2), (Strings{"p/a", "p/b"}));
  EXPECT_EQ(keys("p/", "p/a", 10), (Strings{"p/b", "p/c"}));
  EXPECT_EQ(keys("p/", "p/aa", 10), (Strings{"p/b", "p/c"}));
  EXPECT_EQ(keys("p", "p/c", 10), (Strings{"p\xff"}));
  EXPECT_EQ(keys("", "", 10).size(), 6u);
  EXPECT_TRUE(keys("x", "", 10).empty());
}

TEST_F(CatalogTest, LazyRowsAreVisibleAtOnceAndSurviveAReopening) {
  options.durability = Durability::fsync;
  reopen();
  put("checkpoint", "1", Sync::lazy);
  EXPECT_EQ(catalog().get("checkpoint").value(), "1");
  reopen();
  EXPECT_EQ(catalog().get("checkpoint").value(), "1");
}

TEST_F(CatalogTest, MemoryDurabilityKeepsRowsOverAnOrderlyStop) {
  options.durability = Durability::memory;
  reopen();
  put("a", "1");
  append({1, 0}, {"r"});
  reopen();
  EXPECT_EQ(catalog().get("a").value(), "1");
  EXPECT_EQ(data_of(read({1, 0}, Index{0})), (Strings{"r"}));
}

}  // namespace
}  // namespace millrace::storage
