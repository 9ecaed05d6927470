// The catalog against a model of it: batches of all kinds of changes and expectations, many of them in a
// commit.
#include <random>

#include "storage/row_map.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {
namespace {

class CatalogModelTest : public StoreTest {
 protected:
  std::string key() { return std::string(1, "abcdefgh"[random() % 8]) + std::to_string(random() % 4); }

  CatalogBatch batch(const RowMap& rows) {
    CatalogBatch out;
    for (auto n = random() % 3; n > 0; --n) {
      const std::string wanted = key();
      const auto likely = rows.get(wanted);
      out.expect(wanted, random() % 4 == 0 ? std::optional<std::string>("other") : likely);
    }
    for (auto n = random() % 4 + 1; n > 0; --n) {
      if (const auto what = random() % 8; what == 0)
        out.remove_range(key(), key());
      else if (what < 3)
        out.remove(key());
      else
        out.put(key(), std::to_string(random() % 3));
    }
    return out;
  }

  // Writes the batches at once, so that they come in this order, and returns how each one ended.
  std::vector<bool> write(const std::vector<CatalogBatch>& batches) {
    std::vector<bool> ends(batches.size());
    asio::io_context context;
    for (std::size_t i = 0; i < batches.size(); ++i)
      asio::co_spawn(context, store->catalog().write(batches[i], i % 2 ? Sync::lazy : Sync::durable),
                     [&, i](std::exception_ptr, Result<void> r) {
                       EXPECT_TRUE(r || r.error().code == Errc::conflict);
                       ends[i] = r.has_value();
                     });
    context.run();
    return ends;
  }

  static Strings texts(const std::vector<Row>& rows) {
    Strings out;
    for (const Row& row : rows) out.push_back(row.key + "=" + row.value);
    return out;
  }

  std::mt19937 random{1};
};

std::string text_of(const CatalogBatch::Change& c) {
  return c.key + c.value.value_or("-") + c.end.value_or("");
}

TEST_F(CatalogModelTest, OutcomesRowsAndWatchesAreTheModels) {
  options.durability = Durability::fsync;
  open();
  RowMap model;
  Strings told, expected;
  const auto watched = [](Strings& to) {
    return [&to](const CatalogBatch::Change& c) { to.push_back(text_of(c)); };
  };
  const Watch of_model = model.watch("c", watched(expected));
  for (int round = 0; round < 60; ++round) {
    if (round % 20 == 10) reopen();
    const Watch watch = store->catalog().watch("c", watched(told));
    std::vector<CatalogBatch> batches;
    std::vector<bool> ends;
    for (int i = 0; i < 40; ++i) {
      batches.push_back(batch(model));
      ends.push_back(model.apply(batches.back()).has_value());
    }
    ASSERT_EQ(write(batches), ends) << "round " << round;
    ASSERT_EQ(told, expected);
    for (const Order order : {Order::ascending, Order::descending}) {
      const std::string prefix = random() % 2 ? "" : key().substr(0, 1), after = random() % 2 ? "" : key();
      EXPECT_EQ(texts(store->catalog().scan(prefix, after, 7, order).value()),
                texts(model.scan(prefix, after, 7, order)))
          << "'" << prefix << "' behind '" << after << "'";
    }
    ASSERT_EQ(texts(store->catalog().scan("", "", 1000).value()), texts(model.scan("", "", 1000)));
  }
}

}  // namespace
}  // namespace millrace::storage
