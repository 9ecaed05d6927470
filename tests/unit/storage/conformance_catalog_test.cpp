// The promises of storage/catalog.h.
#include <thread>

#include "tests/unit/eventually.h"
#include "tests/unit/storage/conformance.h"

namespace millrace::storage {
namespace {

class CatalogConformance : public Conformance {
 protected:
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
  Strings keys(std::string_view prefix, std::string_view after, std::size_t limit,
               Order order = Order::ascending) {
    Strings found;
    const auto rows = catalog().scan(prefix, after, limit, order);
    for (const Row& row : rows.value()) found.push_back(row.key);
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(, CatalogConformance, testing::Values(Engine::local, Engine::memory), name_of);

TEST_P(CatalogConformance, ARowIsReadAsItWasWritten) {
  EXPECT_EQ(catalog().get("a").value(), std::nullopt);
  put("a", std::string("\0x\xff", 3));
  EXPECT_EQ(catalog().get("a").value(), std::string("\0x\xff", 3));
  reopen();
  EXPECT_EQ(catalog().get("a").value(), std::string("\0x\xff", 3));
}

TEST_P(CatalogConformance, ABatchIsAppliedInTheOrderOfCalls) {
  CatalogBatch batch;
  batch.put("a", "1");
  batch.put("b", "1");
  batch.remove("a");
  batch.put("b", "2");
  ASSERT_TRUE(run(catalog().write(std::move(batch))));
  EXPECT_EQ(catalog().get("a").value(), std::nullopt);
  EXPECT_EQ(catalog().get("b").value(), "2");
}

TEST_P(CatalogConformance, ScanReturnsThePrefixInOrderBehindTheKey) {
  for (const auto* key : {"p/c", "p/a", "q", "p/b", "o", "p\xff"}) put(key, "v");
  EXPECT_EQ(keys("p/", "", 10), (Strings{"p/a", "p/b", "p/c"}));
  EXPECT_EQ(keys("p/", "", 2), (Strings{"p/a", "p/b"}));
  EXPECT_EQ(keys("p/", "p/a", 10), (Strings{"p/b", "p/c"}));
  EXPECT_EQ(keys("p/", "p/aa", 10), (Strings{"p/b", "p/c"}));
  EXPECT_EQ(keys("p", "p/c", 10), (Strings{"p\xff"}));
  EXPECT_EQ(keys("", "", 10).size(), 6u);
  EXPECT_TRUE(keys("x", "", 10).empty());
}

TEST_P(CatalogConformance, AScanGoesBackwardsFromTheKey) {
  for (const auto* key : {"p/c", "p/a", "q", "p/b", "o", "p\xff"}) put(key, "v");
  const auto back = [this](std::string_view prefix, std::string_view after, std::size_t limit) {
    return keys(prefix, after, limit, Order::descending);
  };
  EXPECT_EQ(back("p/", "", 10), (Strings{"p/c", "p/b", "p/a"}));
  EXPECT_EQ(back("p/", "", 2), (Strings{"p/c", "p/b"}));
  EXPECT_EQ(back("p/", "p/c", 10), (Strings{"p/b", "p/a"}));
  EXPECT_EQ(back("p/", "p/bb", 10), (Strings{"p/b", "p/a"}));
  EXPECT_EQ(back("p/", "q", 10), (Strings{"p/c", "p/b", "p/a"}));
  EXPECT_EQ(back("p/", "o", 10), Strings());
  EXPECT_EQ(back("", "", 2), (Strings{"q", "p\xff"}));
  EXPECT_EQ(back("p\xff", "", 10), (Strings{"p\xff"}));
  EXPECT_TRUE(back("x", "", 10).empty());
  const auto fetched = run(catalog().fetch_rows("p/", "p/c", 1, Order::descending));
  EXPECT_EQ(fetched.value().at(0).key, "p/b");
}

TEST_P(CatalogConformance, ARangeIsRemovedWithoutItsEnd) {
  for (const auto* key : {"a", "b", "b/1", "b/2", "c", "d"}) put(key, "v");
  remove_range("b/", "c");
  EXPECT_EQ(keys("", "", 10), (Strings{"a", "b", "c", "d"}));
  remove_range("c", "c");
  remove_range("d", "a");
  EXPECT_EQ(keys("", "", 10), (Strings{"a", "b", "c", "d"}));
  CatalogBatch batch;
  batch.put("e", "before");
  batch.remove_range("b", behind("d"));
  batch.put("c", "after");
  ASSERT_TRUE(write(std::move(batch)));
  EXPECT_EQ(keys("", "", 10), (Strings{"a", "c", "e"}));
  reopen();
  EXPECT_EQ(keys("", "", 10), (Strings{"a", "c", "e"}));
  EXPECT_EQ(catalog().get("c").value(), "after");
}

TEST_P(CatalogConformance, AWriteWhoseExpectationDoesNotHoldChangesNothing) {
  EXPECT_EQ(replace("a", "1", "2").error().code, Errc::conflict);
  ASSERT_TRUE(replace("a", std::nullopt, "1"));
  EXPECT_EQ(replace("a", std::nullopt, "2").error().code, Errc::conflict);
  EXPECT_EQ(replace("a", "0", "2").error().code, Errc::conflict);
  EXPECT_EQ(catalog().get("a").value(), "1");
  ASSERT_TRUE(replace("a", "1", ""));
  EXPECT_EQ(replace("a", std::nullopt, "2").error().code, Errc::conflict) << "an empty value is a value";
  reopen();
  EXPECT_EQ(replace("a", "1", "2").error().code, Errc::conflict);
  ASSERT_TRUE(replace("a", "", "2"));
  CatalogBatch batch;  // one of several expectations
  batch.expect("a", "2");
  batch.expect("b", "2");
  batch.put("a", "3");
  batch.remove_range("a", "z");
  EXPECT_EQ(write(std::move(batch)).error().code, Errc::conflict);
  EXPECT_EQ(catalog().get("a").value(), "2");
}

TEST_P(CatalogConformance, AnExpectationIsOfTheRowsBeforeItsOwnBatch) {
  put("a", "1");
  CatalogBatch batch;
  batch.put("a", "2");
  batch.expect("a", "1");
  EXPECT_TRUE(write(std::move(batch)));
  EXPECT_EQ(catalog().get("a").value(), "2");
  CatalogBatch only;
  only.expect("a", "2");
  EXPECT_TRUE(write(std::move(only)));
}

TEST_P(CatalogConformance, OfManyWhoWantAKeyExactlyOneGetsIt) {
  int winner = -1, conflicts = 0;
  asio::io_context context;
  for (int i = 0; i < 50; ++i) {
    CatalogBatch batch;
    batch.expect("name", std::nullopt);
    batch.put("name", std::to_string(i));
    asio::co_spawn(context, catalog().write(std::move(batch)), [&, i](std::exception_ptr, Result<void> r) {
      // Who lost sees who won.
      EXPECT_NE(catalog().get("name").value(), std::nullopt);
      if (r) winner = i;
      conflicts += !r && r.error().code == Errc::conflict;
    });
  }
  context.run();
  EXPECT_EQ(conflicts, 49);
  EXPECT_EQ(catalog().get("name").value(), std::to_string(winner));
}

TEST_P(CatalogConformance, ReadChangeWriteLosesNoUpdate) {
  put("count", "0");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this] {
      for (int done = 0; done < 50;) {
        const std::string before = *catalog().get("count").value();
        done += replace("count", before, std::to_string(std::stoi(before) + 1)).has_value();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(catalog().get("count").value(), "200");
}

TEST_P(CatalogConformance, AWatchSeesChangesInOrderBeforeTheirWriters) {
  Strings seen;
  std::atomic<std::size_t> count = 0;
  Watch watch = catalog().watch("p/", [&](const CatalogBatch::Change& c) {
    seen.push_back(c.key + (c.end ? ".." + *c.end : c.value ? "=" + *c.value : "-"));
    ++count;
  });
  asio::io_context context;
  for (int i = 0; i < 20; ++i) {
    CatalogBatch batch;
    batch.put("p/" + std::to_string(i), std::to_string(i));
    batch.put("q", "not watched");
    asio::co_spawn(context, catalog().write(std::move(batch)), [&, i](std::exception_ptr, Result<void> r) {
      EXPECT_TRUE(r);
      EXPECT_GT(count, static_cast<std::size_t>(i));
    });
  }
  context.run();
  ASSERT_EQ(seen.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(seen[i], "p/" + std::to_string(i) + "=" + std::to_string(i));
  seen.clear();
  EXPECT_FALSE(replace("p/1", "other", "2"));
  ASSERT_TRUE(replace("p/1", "1", "2"));
  remove_range("o", "q");
  remove_range("a", "p/");
  remove_range("p0", "r");
  CatalogBatch batch;
  batch.remove("p/1");
  batch.put("p", "not watched");
  ASSERT_TRUE(write(std::move(batch)));
  EXPECT_EQ(seen, (Strings{"p/1=2", "o..q", "p/1-"}));
  watch = {};
  put("p/2", "3");
  EXPECT_EQ(seen.size(), 3u);
}

TEST_P(CatalogConformance, AWatchMayEndWhileOthersWrite) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) put("p/x", "v");
  });
  for (int i = 0; i < 100; ++i) {
    auto calls = std::make_unique<std::atomic<int>>(0);
    const Watch watch = catalog().watch("p/", [&calls](const CatalogBatch::Change&) { ++*calls; });
    if (i % 10 == 0) {
      EXPECT_TRUE(eventually([&] { return *calls > 0; }));
    }
  }
  stop = true;
  writer.join();
}

TEST_P(CatalogConformance, ThereIsNothingToCatchUpWith) { EXPECT_FALSE(run(catalog().catch_up()).value()); }

}  // namespace
}  // namespace millrace::storage
