#include "api/core/table.h"

#include <algorithm>
#include <new>

#include "api/core/error.h"
#include "api/core/rows.h"

namespace millrace {

namespace {

constexpr int kMostAttempts = 10'000;

}  // namespace

RowTable::RowTable(storage::Catalog& catalog, std::string prefix, std::shared_mutex& mutex, Decode decode,
                   Changed changed)
    : mutex_(mutex),
      catalog_(catalog),
      prefix_(std::move(prefix)),
      decode_(std::move(decode)),
      changed_(std::move(changed)) {}

void RowTable::load(std::vector<UnreadableRow>& unreadable) {
  watch_ = catalog_.watch(prefix_, [this](const storage::CatalogBatch::Change& c) { follow(c); });
  for_each_row(catalog_, prefix_, [&](const storage::Row& row) {
    const std::string key = row.key.substr(prefix_.size());
    std::string why;
    Entry entry = entry_of(key, row.value, why);
    if (!entry.row) unreadable.push_back({row.key, std::move(why)});
    const std::unique_lock lock(mutex_);
    if (!followed(row.key)) set(key, std::move(entry));
  });
  const std::unique_lock lock(mutex_);
  loaded_ = true;
  followed_.clear();
  followed_ranges_.clear();
}

RowVersion RowTable::version(const std::string& key) const {
  const std::shared_lock lock(mutex_);
  const auto at = rows_.find(key);
  return at == rows_.end() ? RowVersion() : at->second.version;
}

std::shared_ptr<void> RowTable::remember(Written row) {
  const std::lock_guard lock(written_mutex_);
  const auto at = written_.insert(written_.end(), std::move(row));
  return {nullptr, [this, at](void*) {
            const std::lock_guard forgotten(written_mutex_);
            written_.erase(at);
          }};
}

RowTable::Entry RowTable::entry_of(const std::string& key, const std::string& value, std::string& why) {
  Entry out{nullptr, storage::digest_of(value)};
  {
    const std::lock_guard lock(written_mutex_);
    for (const Written& w : written_)
      if (w.entry.version == out.version && w.key == key) return w.entry;
  }
  try {
    out.row = decode_(value);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    why = e.what();
  }
  return out;
}

void RowTable::follow(const storage::CatalogBatch::Change& change) {
  if (change.end) {
    const std::unique_lock lock(mutex_);
    if (!loaded_) followed_ranges_.emplace_back(change.key, *change.end);
    remove_range(change.key, *change.end);
    return;
  }
  const std::string key = change.key.substr(prefix_.size());
  std::optional<Entry> entry;
  std::string ignored;
  if (change.value) entry = entry_of(key, *change.value, ignored);
  const std::unique_lock lock(mutex_);
  if (!loaded_) followed_.insert(change.key);
  set(key, std::move(entry));
}

void RowTable::set(const std::string& key, std::optional<Entry> entry) {
  const auto at = rows_.find(key);
  const Pointer before = at == rows_.end() ? nullptr : at->second.row;
  const Pointer after = entry ? entry->row : nullptr;
  if (entry)
    rows_.insert_or_assign(key, std::move(*entry));
  else if (at != rows_.end())
    rows_.erase(at);
  if (before != after) changed_(key, before, after);
}

void RowTable::remove_range(const std::string& first, const std::string& end) {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : rows_)
    if (const std::string row_key = prefix_ + key; row_key >= first && row_key < end) keys.push_back(key);
  for (const std::string& key : keys) set(key, std::nullopt);
}

bool RowTable::followed(const std::string& row_key) const {
  return followed_.contains(row_key) ||
         std::any_of(followed_ranges_.begin(), followed_ranges_.end(),
                     [&](const auto& range) { return row_key >= range.first && row_key < range.second; });
}

void RowChanges::expect(const RowTable& table, const std::string& key, const RowVersion& version) {
  batch_.expect_version(table.prefix() + key, version);
}

void RowChanges::add(RowTable& table, const std::string& key, std::shared_ptr<const void> row,
                     std::string value) {
  remembered_.push_back(table.remember({key, {std::move(row), storage::digest_of(value)}}));
  batch_.put(table.prefix() + key, std::move(value));
}

void RowChanges::remove(const RowTable& table, const std::string& key) {
  batch_.remove(table.prefix() + key);
}

asio::awaitable<bool> RowChanges::write(storage::Catalog& catalog, storage::Sync sync) {
  const storage::Result<void> written = co_await catalog.write(std::move(batch_), sync);
  if (!written && written.error().code == storage::Errc::conflict) co_return false;
  or_throw(written);
  co_return true;
}

void Attempts::next() {
  if (++count_ > kMostAttempts)
    throw StorageFailure({storage::Errc::busy, "a row was changed by other requests all the time"});
}

}  // namespace millrace
