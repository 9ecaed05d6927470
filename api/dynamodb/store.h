// The tables, all of them in memory, and their items, which are not.
//   d/t/<account>/<region>/<name>   a table, JSON (table.h)
//   d/i/..., d/x/...                items and indexes (table.h)
//   d/c/<account>/<region>/<token>  a transaction that was done, JSON, {"version": 1, "digest", "done"}: its
//                                   ClientRequestToken, for ten minutes
#pragma once

#include <map>
#include <shared_mutex>

#include "api/core/table.h"
#include "api/dynamodb/table.h"

namespace millrace::dynamodb {

// A table as a request found it. A write of an item is applied only if the table is still the same, so that
// no item is written to a table that was deleted, and none past an index that was added.
struct FoundTable {
  TablePtr table;
  RowVersion version;
};

// Safe from any thread. Looking up tables never waits for the disk.
class Store {
 public:
  // Loads the tables. Throws StorageFailure.
  explicit Store(storage::Catalog& catalog);

  [[nodiscard]] static std::string key_of(const std::string& account, const std::string& region,
                                          const std::string& name) {
    return account + "/" + region + "/" + name;
  }
  // `table` is nullptr if there is none, or it cannot be read.
  [[nodiscard]] FoundTable find(const std::string& key) const;
  // Of an account and region by name, behind `after`, at most `limit`.
  [[nodiscard]] std::vector<TablePtr> list(const std::string& account, const std::string& region,
                                           const std::string& after, std::size_t limit) const;
  [[nodiscard]] std::vector<TablePtr> all() const;

  // The batch is applied only if the table is as it was found.
  void expect(storage::CatalogBatch& batch, const std::string& key, const FoundTable& found) const;
  // Stores the table if it is as it was found (no table: if there is none). False: it is not.
  [[nodiscard]] asio::awaitable<bool> put(std::string key, TableSettings table, RowVersion before);
  // Removes the table with all rows of its items, if it is as it was found.
  [[nodiscard]] asio::awaitable<bool> remove(std::string key, FoundTable found);

  // Applies the batch. False: something was not as expected, and nothing was changed. Throws StorageFailure.
  [[nodiscard]] asio::awaitable<bool> write(storage::CatalogBatch batch);

  // How much is in the tables: counted from the items, and kept up by the writes.
  [[nodiscard]] Amount amount(const std::string& table_id) const;
  void add(const std::string& table_id, const Amount& difference);
  void set(const std::string& table_id, const Amount& counted);
  void forget(const std::string& table_id);

  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

  storage::Catalog& catalog;

 private:
  std::vector<UnreadableRow> unreadable_;
  mutable std::shared_mutex mutex_;
  millrace::Table<TableSettings> tables_;
  mutable std::mutex amounts_mutex_;
  std::map<std::string, Amount> amounts_;  // by the table's id
};

}  // namespace millrace::dynamodb
