#include "api/dynamodb/store.h"

#include "api/core/error.h"

namespace millrace::dynamodb {

namespace {

constexpr const char* kTables = "d/t/";

}  // namespace

Store::Store(storage::Catalog& the_catalog)
    : catalog(the_catalog), tables_(the_catalog, kTables, mutex_, encode_table, decode_table) {
  tables_.load(unreadable_);
}

FoundTable Store::find(const std::string& key) const {
  auto read = tables_.read(key);
  return {std::move(read.row), read.version};
}

std::vector<TablePtr> Store::list(const std::string& account, const std::string& region,
                                  const std::string& after, std::size_t limit) const {
  std::vector<TablePtr> out;
  const std::string prefix = key_of(account, region, "");
  const std::shared_lock lock(mutex_);
  tables_.for_each(prefix + after, [&](const std::string& key, const TablePtr& table) {
    if (!key.starts_with(prefix) || out.size() == limit) return false;
    if (table->name > after) out.push_back(table);
    return true;
  });
  return out;
}

std::vector<TablePtr> Store::all() const {
  std::vector<TablePtr> out;
  const std::shared_lock lock(mutex_);
  tables_.for_each("", [&](const std::string&, const TablePtr& table) {
    out.push_back(table);
    return true;
  });
  return out;
}

void Store::expect(storage::CatalogBatch& batch, const std::string& key, const FoundTable& found) const {
  batch.expect_version(kTables + key, found.version);
}

asio::awaitable<bool> Store::put(std::string key, TableSettings table, RowVersion before) {
  RowChanges changes;
  changes.put(tables_, key, std::make_shared<const TableSettings>(std::move(table)), before);
  co_return co_await changes.write(catalog);
}

asio::awaitable<bool> Store::remove(std::string key, FoundTable found) {
  RowChanges changes;
  changes.expect(tables_, key, found.version);
  changes.remove(tables_, key);
  for (const std::string& prefix : {items_prefix(*found.table), indexes_prefix(*found.table)})
    changes.batch().remove_range(prefix, storage::behind(prefix));
  const bool done = co_await changes.write(catalog);
  if (done) forget(found.table->id);
  co_return done;
}

asio::awaitable<bool> Store::write(storage::CatalogBatch batch) {
  const storage::Result<void> written = co_await catalog.write(std::move(batch));
  if (!written && written.error().code == storage::Errc::conflict) co_return false;
  or_throw(written);
  co_return true;
}

Amount Store::amount(const std::string& table_id) const {
  const std::lock_guard lock(amounts_mutex_);
  const auto found = amounts_.find(table_id);
  return found == amounts_.end() ? Amount() : found->second;
}
void Store::add(const std::string& table_id, const Amount& difference) {
  const std::lock_guard lock(amounts_mutex_);
  Amount& amount = amounts_[table_id];
  amount.items = std::max<std::int64_t>(0, amount.items + difference.items);
  amount.bytes = std::max<std::int64_t>(0, amount.bytes + difference.bytes);
}
void Store::set(const std::string& table_id, const Amount& counted) {
  const std::lock_guard lock(amounts_mutex_);
  amounts_[table_id] = counted;
}
void Store::forget(const std::string& table_id) {
  const std::lock_guard lock(amounts_mutex_);
  amounts_.erase(table_id);
}

}  // namespace millrace::dynamodb
