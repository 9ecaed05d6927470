// What the embedded engine promises beyond storage/catalog.h, which ../conformance_catalog_test.cpp tests.
#include "storage/local/repair.h"
#include "tests/unit/storage/local/fixture.h"

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
  Result<void> write(CatalogBatch batch) { return run(catalog().write(std::move(batch))); }
  // Replaces `before` by `value`.
  Result<void> replace(std::string key, std::optional<std::string_view> before, std::string value) {
    CatalogBatch batch;
    batch.expect(key, before);
    batch.put(std::move(key), std::move(value));
    return write(std::move(batch));
  }
  void remove_range(std::string first, std::string last) {
    CatalogBatch batch;
    batch.remove_range(std::move(first), std::move(last));
    ASSERT_TRUE(write(std::move(batch)));
  }
  Strings keys() {
    Strings found;
    const auto rows = catalog().scan("", "", 100);
    for (const Row& row : rows.value()) found.push_back(row.key);
    return found;
  }
};

TEST_F(CatalogTest, ARepairAppliesRangesAndOutcomes) {
  for (const auto* key : {"a", "b/1", "b/2", "c"}) put(key, "v");
  remove_range("b/", behind("b/"));
  put("b/3", "v");
  ASSERT_TRUE(replace("a", "v", "w"));
  EXPECT_FALSE(replace("a", "v", "x"));
  store.reset();
  for (const auto& entry : std::filesystem::directory_iterator(options.dir))
    if (entry.is_regular_file()) std::filesystem::remove(entry.path());
  ASSERT_TRUE(repair(options));
  open();
  EXPECT_EQ(keys(), (Strings{"a", "b/3", "c"}));
  EXPECT_EQ(catalog().get("a").value(), "w");
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
