// Writes of items: a write is decided on the newest state of its item, and applied only if that is still the
// newest one; otherwise it is decided again.
#pragma once

#include <optional>
#include <vector>

#include "api/dynamodb/expressions/condition.h"
#include "api/dynamodb/expressions/update.h"
#include "api/dynamodb/store.h"

namespace millrace::dynamodb {

struct ItemWrite {
  enum class Kind { put, update, remove, check };
  Kind kind = Kind::put;
  std::string table_key;  // Store::key_of
  Item item;              // the item to put; otherwise the key
  std::optional<Update> update;
  std::optional<Condition> condition;
};

struct Written {
  TablePtr table;
  std::optional<Item> before, after;  // nullopt: there is no item
};

// A condition that does not hold, with the item that it was compared with.
struct ConditionFailure {
  std::optional<Item> item;
};

// What the write makes of the item (nullopt inside: none). nullopt: the condition does not hold.
using Decided = std::optional<std::optional<Item>>;
// Throws ValidationException.
[[nodiscard]] Decided decide(const TableSettings& table, const ItemWrite& write,
                             const std::optional<Item>& before);

// Throws no_table_for_items, and what its key and item violate.
[[nodiscard]] FoundTable checked_table(const Store& store, const ItemWrite& write);

// Adds the changes of the item's row and of the indexes' rows.
void add_changes(storage::CatalogBatch& batch, const TableSettings& table, const std::string& row_key,
                 const std::optional<Item>& before, const std::optional<Item>& after);

// Completes when the write is on disk. Throws ConditionFailure, ApiError, StorageFailure.
[[nodiscard]] asio::awaitable<Written> write_item(Store& store, ItemWrite write);

// Keeps up what the table contains.
void count_change(Store& store, const Written& written);

// The item at the row; nullopt: there is none. `row` gets the row's value. Throws StorageFailure.
[[nodiscard]] asio::awaitable<std::optional<Item>> read_item(const Store& store, std::string row_key,
                                                             std::optional<std::string>& row);

}  // namespace millrace::dynamodb
