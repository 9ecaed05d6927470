// Rows of the catalog that are kept in memory. A table contains the rows of one key prefix, decoded, and
// follows the catalog, whoever changes it. A request changes rows by reading them here and writing what it
// made of them, with the expectation that they are still as it read them (RowChanges). If they are not, it
// reads and tries again, or gives up.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "api/core/unreadable_row.h"
#include "storage/catalog.h"

namespace millrace {

namespace asio = boost::asio;

// Identifies the value of a row that was read. nullopt: there was no row.
using RowVersion = std::optional<storage::RowDigest>;

// The part of Table that does not depend on the type of its rows.
class RowTable {
 public:
  RowTable(const RowTable&) = delete;

  // Reads all rows and follows them from then on. Rows that cannot be decoded are added to `unreadable`; they
  // are not changed, and their keys stay taken. Blocks. Call once. Throws StorageFailure.
  void load(std::vector<UnreadableRow>& unreadable);

  [[nodiscard]] const std::string& prefix() const { return prefix_; }
  // The row's version now. The mutex is not held.
  [[nodiscard]] RowVersion version(const std::string& key) const;

 protected:
  using Pointer = std::shared_ptr<const void>;
  using Decode = std::function<Pointer(const std::string&)>;
  using Changed = std::function<void(const std::string& key, const Pointer& before, const Pointer& after)>;
  struct Entry {
    Pointer row;  // nullptr: it cannot be decoded
    storage::RowDigest version;
  };

  RowTable(storage::Catalog& catalog, std::string prefix, std::shared_mutex& mutex, Decode decode,
           Changed changed);
  ~RowTable() = default;

  std::shared_mutex& mutex_;
  std::map<std::string, Entry> rows_;  // guarded by mutex_

 private:
  friend class RowChanges;
  // A row on its way to the catalog, which need not be decoded when it comes back.
  struct Written {
    std::string key;
    Entry entry;
  };

  // Until the result is destroyed, the row is known in its decoded form.
  [[nodiscard]] std::shared_ptr<void> remember(Written row);
  [[nodiscard]] Entry entry_of(const std::string& key, const std::string& value, std::string& why);
  void follow(const storage::CatalogBatch::Change& change);
  void set(const std::string& key, std::optional<Entry> entry);
  void remove_range(const std::string& first, const std::string& end);
  [[nodiscard]] bool followed(const std::string& row_key) const;

  storage::Catalog& catalog_;
  const std::string prefix_;
  const Decode decode_;
  const Changed changed_;
  // What changed while the rows are loaded; guarded by mutex_.
  bool loaded_ = false;
  std::set<std::string> followed_;
  std::vector<std::pair<std::string, std::string>> followed_ranges_;
  std::mutex written_mutex_;
  std::list<Written> written_;  // guarded by written_mutex_
  storage::Watch watch_;        // the last member: nothing follows when the others are destroyed
};

// Owned by a store of a service, which shares its mutex: several tables, and what the store derives from
// their rows, are read together. Keys are the part behind the prefix. Can be called from any thread.
template <class Row>
class Table final : public RowTable {
 public:
  using Pointer = std::shared_ptr<const Row>;
  // Called for each change of a row while the mutex is held exclusively, before the writer resumes. nullptr:
  // the row does not exist, or cannot be decoded. Must not throw, wait, or use the catalog.
  using Changed = std::function<void(const std::string& key, const Pointer& before, const Pointer& after)>;

  // `decode` throws an exception derived from std::exception for a row that it does not know.
  Table(storage::Catalog& catalog, std::string prefix, std::shared_mutex& mutex,
        std::string (*encode)(const Row&), std::function<Row(const std::string&)> decode,
        Changed changed = {})
      : RowTable(
            catalog, std::move(prefix), mutex,
            [d = std::move(decode)](const std::string& row) { return std::make_shared<const Row>(d(row)); },
            [c = std::move(changed)](const std::string& key, const RowTable::Pointer& before,
                                     const RowTable::Pointer& after) {
              if (c) c(key, typed(before), typed(after));
            }),
        encode_(encode) {}

  // A row as it was read.
  struct Read {
    Pointer row;  // nullptr: there is none, or it cannot be decoded
    RowVersion version;
  };
  [[nodiscard]] Read read(const std::string& key) const {
    const std::shared_lock lock(mutex_);
    const auto at = rows_.find(key);
    return at == rows_.end() ? Read() : Read{typed(at->second.row), at->second.version};
  }

  // These while the mutex is held, shared or exclusively.
  [[nodiscard]] Pointer find(const std::string& key) const {
    const auto at = rows_.find(key);
    return at == rows_.end() ? nullptr : typed(at->second.row);
  }
  // Calls `f(key, row)` for the rows with keys behind `after` (empty: all) that were decoded, in order, until
  // it returns false.
  template <class F>
  void for_each(const std::string& after, F&& f) const {
    for (auto at = rows_.upper_bound(after); at != rows_.end(); ++at)
      if (at->second.row && !f(at->first, typed(at->second.row))) return;
  }

  [[nodiscard]] std::string encode(const Row& row) const { return encode_(row); }

 private:
  [[nodiscard]] static Pointer typed(const RowTable::Pointer& row) {
    return std::static_pointer_cast<const Row>(row);
  }
  std::string (*const encode_)(const Row&);
};

// Changes of rows, of one or several tables, that are applied together or not at all. For one write. The
// tables outlive it.
class RowChanges {
 public:
  // The batch is applied only if the row has the version.
  void expect(const RowTable& table, const std::string& key, const RowVersion& version);
  // Stores `row`, if the row was at `before` until then.
  template <class Row>
  void put(Table<Row>& table, const std::string& key, std::type_identity_t<std::shared_ptr<const Row>> row,
           const RowVersion& before) {
    expect(table, key, before);
    std::string value = table.encode(*row);
    add(table, key, std::move(row), std::move(value));
  }
  void remove(const RowTable& table, const std::string& key);
  // For other rows.
  [[nodiscard]] storage::CatalogBatch& batch() { return batch_; }

  // Completes when the changes are stored and in the tables. False: a row had another version than expected,
  // which is in its table now; nothing was changed. Throws StorageFailure.
  [[nodiscard]] asio::awaitable<bool> write(storage::Catalog& catalog,
                                            storage::Sync sync = storage::Sync::durable);

 private:
  void add(RowTable& table, const std::string& key, std::shared_ptr<const void> row, std::string value);

  storage::CatalogBatch batch_;
  std::vector<std::shared_ptr<void>> remembered_;
};

// Counts the attempts of a change that others are quicker with. Each attempt that fails is one of theirs that
// succeeded, so the limit is reached only if a row changes all the time.
class Attempts {
 public:
  // Throws StorageFailure (busy) when it has been enough.
  void next();

 private:
  int count_ = 0;
};

}  // namespace millrace
