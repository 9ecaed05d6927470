// What DynamoDb does as time passes: rows of new indexes, expired items, old tokens, the amounts of tables.
#include "api/core/error.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/item_write.h"
#include "api/dynamodb/service.h"
#include "api/dynamodb/tokens.h"
#include "api/dynamodb/values/bytes.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kRowsAtOnce = 50;
// DynamoDB Developer Guide, "Time to live": an item whose time is older than this does not expire.
constexpr std::chrono::years kOldestExpiry{5};

// Calls `use(row)` for all items of the table, page by page, until it is deleted or changed.
template <class Use>
asio::awaitable<void> for_each_item(Store& store, TablePtr table, Use use) {
  const std::string key = Store::key_of(table->account, table->region, table->name);
  std::string after;
  for (;;) {
    const std::string prefix = items_prefix(*table);
    const std::vector<storage::Row> rows =
        or_throw(co_await store.catalog.fetch_rows(prefix, after, kRowsAtOnce));
    for (const storage::Row& row : rows) co_await use(row);
    if (rows.size() < kRowsAtOnce || store.find(key).table != table) co_return;
    after = rows.back().key;
  }
}

// Writes the row of each new index for the item. Writes of requests have maintained the index since it is in
// the table's row; this one is applied only to the item as it was read.
asio::awaitable<void> index_item(Store& store, std::string table_key, storage::Row row) {
  for (;;) {
    const FoundTable found = store.find(table_key);
    if (!found.table || !row.key.starts_with(items_prefix(*found.table))) co_return;
    const Item item = item_of_row(row.value);
    storage::CatalogBatch batch;
    store.expect(batch, table_key, found);
    batch.expect(row.key, row.value);
    for (const Index& index : found.table->indexes)
      if (!index.active && has_keys(index.keys, item))
        batch.put(index_row_key(*found.table, index, item), row_of(projected(*found.table, index, item)));
    if (batch.changes().empty()) co_return;
    const bool done = co_await store.write(std::move(batch));
    if (done) co_return;
    std::optional<std::string> now = or_throw(co_await store.catalog.fetch(row.key));
    if (!now) co_return;
    row.value = *std::move(now);
  }
}

bool has_new_index(const TableSettings& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [](const Index& i) { return !i.active; });
}

// Whether the item's time has passed.
bool is_expired(const TableSettings& table, const Item& item, Time now) {
  const auto found = item.find(table.ttl.attribute);
  const auto* number = found == item.end() ? nullptr : found->second.as<Number>();
  const auto seconds = number ? number->integer() : std::nullopt;
  const std::int64_t present =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t oldest =
      present - std::chrono::duration_cast<std::chrono::seconds>(kOldestExpiry).count();
  return seconds && oldest < *seconds && *seconds < present;
}

}  // namespace

asio::awaitable<void> DynamoDb::finish_indexes() {
  for (const TablePtr& table : store.all()) {
    if (!has_new_index(*table)) continue;
    const std::string key = Store::key_of(table->account, table->region, table->name);
    const auto use = [this, &key](const storage::Row& row) { return index_item(store, key, row); };
    co_await for_each_item(store, table, use);
    TableSettings done = *table;
    for (Index& index : done.indexes) index.active = true;
    // If the table was changed meanwhile, the next run does it again.
    const FoundTable found = store.find(key);
    if (found.table == table) (void)co_await store.put(key, std::move(done), found.version);
  }
}

asio::awaitable<void> DynamoDb::sweep() {
  const Time now = clock.now();
  for (const TablePtr& table : store.all()) {
    // The amount of a table that was made since the start is what its writes have added.
    const bool counted = table->created >= started_ || counted_.contains(table->id);
    if (!table->ttl.enabled && counted) continue;
    const std::string key = Store::key_of(table->account, table->region, table->name);
    Amount amount;
    const auto use = [&](const storage::Row& row) { return sweep_item(table, key, row, now, amount); };
    co_await for_each_item(store, table, use);
    if (counted || store.find(key).table != table) continue;
    store.set(table->id, amount);
    counted_.insert(table->id);
  }
  co_await remove_old_tokens(now);
}

asio::awaitable<void> DynamoDb::sweep_item(const TablePtr& table, const std::string& key,
                                           const storage::Row& row, Time now, Amount& amount) {
  const Item item = item_of_row(row.value);
  if (table->ttl.enabled && is_expired(*table, item, now)) {
    storage::CatalogBatch batch;
    store.expect(batch, key, store.find(key));
    batch.expect(row.key, row.value);
    add_changes(batch, *table, row.key, item, std::nullopt);
    // An item that was changed meanwhile is looked at again by the next run.
    const bool removed = store.find(key).table == table && co_await store.write(std::move(batch));
    if (removed) co_return;
  }
  ++amount.items;
  amount.bytes += static_cast<std::int64_t>(size_of(item));
}

asio::awaitable<void> DynamoDb::remove_old_tokens(Time now) {
  std::string after;
  for (;;) {
    const std::vector<storage::Row> rows =
        or_throw(co_await store.catalog.fetch_rows(kTokens, after, kRowsAtOnce));
    storage::CatalogBatch batch;
    for (const storage::Row& row : rows) {
      if (done_at(row.value) + kTokenLife > now) continue;
      batch.expect(row.key, row.value);
      batch.remove(row.key);
    }
    if (!batch.changes().empty()) (void)co_await store.write(std::move(batch));
    if (rows.size() < kRowsAtOnce) co_return;
    after = rows.back().key;
  }
}

}  // namespace millrace::dynamodb
