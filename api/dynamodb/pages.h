// A page of a Query or Scan: items in the order of their rows, up to a limit and to 1 MB.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/dynamodb/expressions/condition.h"
#include "api/dynamodb/store.h"

namespace millrace::dynamodb {

struct PageRequest {
  TablePtr table;
  const Index* index = nullptr;  // one of the table's; nullptr: the table itself
  // The rows whose keys begin with `prefix` and are between the bounds, which are excluded; empty: none.
  std::string prefix, lower, upper;
  bool forward = true;
  std::optional<std::size_t> limit;  // of items that are read, before the filter
  std::optional<Condition> filter;
  bool whole_items = false;  // of the table, although the index has only some of the attributes
};

struct Page {
  std::vector<Item> items;             // that pass the filter
  std::size_t scanned = 0, bytes = 0;  // bytes: of the rows that were read
  std::size_t whole_bytes = 0;         // of the items that were read of the table besides
  std::optional<Item> last_key;        // nullopt: nothing follows
};

// Throws StorageFailure.
[[nodiscard]] asio::awaitable<Page> read_page(const Store& store, PageRequest request);

// The checks of an ExclusiveStartKey, in AWS's order: how many attributes it has, its attributes that are
// keys of the index (or of the table, if no index is read), and in start_row_key its key of the table. Each
// throws ValidationException.
void check_start_size(const TableSettings& table, const Index* index, const Item& start);
void check_start_part(const KeySchema& keys, std::size_t part, const Item& start);
// The row key of an ExclusiveStartKey.
[[nodiscard]] std::string start_row_key(const TableSettings& table, const Index* index, const Item& start);

}  // namespace millrace::dynamodb
