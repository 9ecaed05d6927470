#include "api/dynamodb/pages.h"

#include <algorithm>

#include "api/core/error.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/item_write.h"
#include "api/dynamodb/values/bytes.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kPageBytes = 1 << 20;
// Rows that are read at once: few at first, since an item may have 400 KB, then as many as the rest of the
// page takes by the size of those before.
constexpr std::size_t kFirstRows = 16, kMostRows = 1000;

std::size_t rows_at_once(const PageRequest& request, const Page& page) {
  std::size_t rows = kFirstRows;
  if (page.scanned > 0) {
    const std::size_t bytes = page.bytes + page.whole_bytes;
    const std::size_t average = std::max<std::size_t>(1, bytes / page.scanned);
    rows = std::clamp<std::size_t>((kPageBytes - bytes) / average + 1, 1, kMostRows);
  }
  return request.limit ? std::min(rows, *request.limit - page.scanned) : rows;
}

bool beyond(const PageRequest& request, const std::string& key) {
  if (request.forward) return !request.upper.empty() && key >= request.upper;
  return !request.lower.empty() && key <= request.lower;
}

Item last_key_of(const PageRequest& request, const Item& item) {
  return key_of(start_key_schema(*request.table, request.index), item);
}

}  // namespace

asio::awaitable<Page> read_page(const Store& store, PageRequest request) {
  Page page;
  std::string after = request.forward ? request.lower : request.upper;
  const storage::Order order = request.forward ? storage::Order::ascending : storage::Order::descending;
  for (;;) {
    const std::size_t wanted = rows_at_once(request, page);
    const std::vector<storage::Row> rows =
        or_throw(co_await store.catalog.fetch_rows(request.prefix, after, wanted, order));
    for (const storage::Row& row : rows) {
      if (beyond(request, row.key)) co_return page;
      Item item = item_of_row(row.value);
      const Item last = last_key_of(request, item);
      ++page.scanned;
      page.bytes += size_of(item);
      if (request.whole_items) {
        std::optional<std::string> ignored;
        const std::string row_key = item_row_key(*request.table, item);
        std::optional<Item> whole = co_await read_item(store, row_key, ignored);
        if (whole) item = *std::move(whole);
        page.whole_bytes += size_of(item);
      }
      if (!request.filter || request.filter->holds(item)) page.items.push_back(std::move(item));
      if (page.bytes + page.whole_bytes >= kPageBytes || (request.limit && page.scanned == *request.limit)) {
        page.last_key = last;
        co_return page;
      }
    }
    if (rows.size() < wanted) co_return page;
    after = rows.back().key;
  }
}

void check_start_size(const TableSettings& table, const Index* index, const Item& start) {
  if (start.size() != start_key_schema(table, index).size())
    throw invalid("The provided starting key is invalid");
}

void check_start_part(const KeySchema& keys, std::size_t part, const Item& start) {
  if (!start.contains(keys[part].name)) throw invalid("The provided starting key is invalid");
  check_key_part(keys, part, start);
}

std::string start_row_key(const TableSettings& table, const Index* index, const Item& start) {
  try {
    check_key(table.keys, index ? key_of(table.keys, start) : start);
  } catch (const ApiError& e) {
    throw invalid("The provided starting key is invalid: " + e.message());
  }
  return index ? index_row_key(table, *index, start) : item_row_key(table, start);
}

}  // namespace millrace::dynamodb
