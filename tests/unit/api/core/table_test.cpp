#include "api/core/table.h"

#include "api/core/error.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace {
namespace {

using storage::CatalogBatch;
using storage::Strings;

// Rows are numbers in decimal.
std::string text_of(const int& number) { return std::to_string(number); }
int number_of(const std::string& text) {
  std::size_t end = 0;
  const int number = std::stoi(text, &end);
  if (end != text.size()) throw std::runtime_error("not a number");
  return number;
}

struct Numbers {
  explicit Numbers(storage::Catalog& catalog)
      : table(catalog, "n/", mutex, text_of, number_of,
              [this](const std::string& key, const auto& before, const auto& after) {
                changes.push_back(key + ":" + (before ? text_of(*before) : "-") + ">" +
                                  (after ? text_of(*after) : "-"));
              }) {
    table.load(unreadable);
  }
  Strings keys(const std::string& after = "") {
    Strings out;
    const std::shared_lock lock(mutex);
    table.for_each(after, [&](const std::string& key, const auto& number) {
      out.push_back(key + "=" + text_of(*number));
      return true;
    });
    return out;
  }

  std::shared_mutex mutex;
  Strings changes;
  std::vector<UnreadableRow> unreadable;
  Table<int> table;
};

asio::awaitable<bool> replace(storage::Catalog& catalog, Numbers& numbers, std::string key, int number,
                              RowVersion before) {
  RowChanges changes;
  changes.put(numbers.table, key, std::make_shared<const int>(number), before);
  co_return co_await changes.write(catalog);
}

asio::awaitable<void> add_one(storage::Catalog& catalog, Numbers& numbers, std::string key) {
  for (Attempts attempts;; attempts.next()) {
    const auto [number, version] = numbers.table.read(key);
    RowChanges changes;
    changes.put(numbers.table, key, std::make_shared<const int>(*number + 1), version);
    if (co_await changes.write(catalog)) co_return;
  }
}

class TableTest : public storage::StoreTest {
 protected:
  void SetUp() override { open(); }
  storage::Catalog& catalog() { return store->catalog(); }
  void put(std::string key, std::string value) {
    CatalogBatch batch;
    batch.put(std::move(key), std::move(value));
    ASSERT_TRUE(run(catalog().write(std::move(batch))));
  }
};

TEST_F(TableTest, LoadsItsRowsAndSetsAsideThoseThatItCannotDecode) {
  for (const auto* key : {"n/a", "n/b", "m/c", "o"}) put(key, "1");
  put("n/x", "what?");
  Numbers numbers(catalog());
  EXPECT_EQ(numbers.keys(), (Strings{"a=1", "b=1"}));
  EXPECT_EQ(numbers.keys("a"), (Strings{"b=1"}));
  ASSERT_EQ(numbers.unreadable.size(), 1u);
  EXPECT_EQ(numbers.unreadable[0].key, "n/x");
  EXPECT_EQ(numbers.table.read("x").row, nullptr);
  EXPECT_FALSE(run(replace(catalog(), numbers, "x", 1, {}))) << "its key is taken";
  EXPECT_EQ(catalog().get("n/x").value(), "what?");
  EXPECT_TRUE(run(replace(catalog(), numbers, "x", 1, numbers.table.version("x"))));
}

TEST_F(TableTest, FollowsTheCatalogWhoeverChangesIt) {
  Numbers one(catalog()), other(catalog());
  EXPECT_TRUE(run(replace(catalog(), one, "a", 1, {})));
  EXPECT_EQ(other.keys(), (Strings{"a=1"}));
  put("n/a", "2");
  put("n/b", "3");
  put("n/c", "4");
  put("n/b", "what?");
  EXPECT_EQ(one.keys(), (Strings{"a=2", "c=4"}));
  CatalogBatch batch;
  batch.remove_range("n/a", "n/bb");
  batch.remove("n/none");
  ASSERT_TRUE(run(catalog().write(std::move(batch))));
  EXPECT_EQ(other.keys(), (Strings{"c=4"}));
  EXPECT_EQ(one.changes, (Strings{"a:->1", "a:1>2", "b:->3", "c:->4", "b:3>-", "a:2>-"}));
  EXPECT_FALSE(one.table.version("b")) << "the row that could not be decoded";
}

TEST_F(TableTest, ARowOfItsOwnIsNotDecodedAgain) {
  Numbers numbers(catalog());
  const auto row = std::make_shared<const int>(7);
  RowChanges changes;
  changes.put(numbers.table, "a", row, {});
  ASSERT_TRUE(run(changes.write(catalog())));
  EXPECT_EQ(numbers.table.read("a").row, row);
}

TEST_F(TableTest, AChangeOfAnOldVersionChangesNothing) {
  Numbers numbers(catalog());
  EXPECT_TRUE(run(replace(catalog(), numbers, "a", 1, {})));
  const RowVersion first = numbers.table.version("a");
  EXPECT_TRUE(run(replace(catalog(), numbers, "a", 2, first)));
  EXPECT_FALSE(run(replace(catalog(), numbers, "a", 3, first)));
  EXPECT_FALSE(run(replace(catalog(), numbers, "a", 3, {})));
  RowChanges both;
  both.put(numbers.table, "b", std::make_shared<const int>(1), {});
  both.expect(numbers.table, "a", first);
  EXPECT_FALSE(run(both.write(catalog())));
  EXPECT_EQ(numbers.keys(), (Strings{"a=2"}));
}

TEST_F(TableTest, ManyChangesOfARowAllHold) {
  Numbers one(catalog()), other(catalog());
  put("n/a", "0");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      asio::io_context context;
      for (int i = 0; i < 25; ++i)
        asio::co_spawn(context, add_one(catalog(), t % 2 ? one : other, "a"), asio::detached);
      context.run();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(one.keys(), (Strings{"a=100"}));
  EXPECT_EQ(other.keys(), (Strings{"a=100"}));
}

TEST_F(TableTest, LoadsWhileOthersWrite) {
  CatalogBatch rows;
  for (int i = 0; i < 3000; ++i) rows.put("n/" + std::to_string(i), "0");
  ASSERT_TRUE(run(catalog().write(std::move(rows))));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int round = 1; !stop; ++round) {
      CatalogBatch batch;
      batch.remove_range("n/1", "n/2");
      for (const auto* key : {"n/1", "n/10", "n/999"}) batch.put(key, std::to_string(round));
      ASSERT_TRUE(run(catalog().write(std::move(batch))));
    }
  });
  std::vector<std::unique_ptr<Numbers>> loaded;
  for (int i = 0; i < 10; ++i) loaded.push_back(std::make_unique<Numbers>(catalog()));
  stop = true;
  writer.join();
  Strings expected;
  for (const storage::Row& row : catalog().scan("n/", "", 10'000).value())
    expected.push_back(row.key.substr(2) + "=" + row.value);
  for (const auto& numbers : loaded) EXPECT_EQ(numbers->keys(), expected);
}

}  // namespace
}  // namespace millrace
