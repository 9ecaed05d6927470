// The rows of KMS, all of them in memory:
//   kms/k/<account>/<region>/<key id>                  a key (key.h)
//   kms/a/<account>/<region>/alias/<name>              an alias, JSON (store.cpp)
//   kms/g/<account>/<region>/<key id>/<grant id>       a grant (grant.h)
// Secrets are in keys alone, sealed with the master key.
#pragma once

#include <atomic>
#include <shared_mutex>

#include "api/core/table.h"
#include "api/kms/grant.h"
#include "api/kms/key.h"

namespace millrace::kms {

struct Alias {
  std::string account, region;
  std::string name;  // "alias/x"
  std::string key_id;
  Time created, updated;

  [[nodiscard]] std::string arn() const { return alias_arn(region, account, name); }
};
using AliasPtr = std::shared_ptr<const Alias>;

// A row as it was read.
template <class Row>
struct Found {
  std::shared_ptr<const Row> row;  // nullptr: there is none, or it cannot be decoded
  RowVersion version;
};
using FoundKey = Found<Key>;
using FoundAlias = Found<Alias>;
using FoundGrant = Found<Grant>;

// The master key decrypts none of the keys: it is not the one that encrypted them.
class WrongMasterKey : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Safe from any thread. Looking up rows never waits for the disk.
class Store {
 public:
  // Loads all rows. Blocks. Throws StorageFailure, and WrongMasterKey.
  Store(storage::Catalog& catalog, const Seal& master);

  // Prefixes of an account's and region's rows, and the keys of its rows behind them.
  [[nodiscard]] static std::string place_of(const std::string& account, const std::string& region) {
    return account + "/" + region + "/";
  }

  [[nodiscard]] FoundKey key(const std::string& account, const std::string& region,
                             const std::string& id) const;
  [[nodiscard]] FoundAlias alias(const std::string& account, const std::string& region,
                                 const std::string& name) const;
  [[nodiscard]] FoundGrant grant(const Key& key, const std::string& id) const;

  // Of an account and region in order, behind `after` (a key's id, an alias's name), at most `limit`.
  [[nodiscard]] std::vector<KeyPtr> keys(const std::string& account, const std::string& region,
                                         const std::string& after, std::size_t limit) const;
  [[nodiscard]] std::vector<AliasPtr> aliases(const std::string& account, const std::string& region,
                                              const std::string& after, std::size_t limit) const;
  [[nodiscard]] std::vector<AliasPtr> aliases_of(const Key& key) const;
  // Of one key, behind the grant `after`, at most `limit`.
  [[nodiscard]] std::vector<GrantPtr> grants(const Key& key, const std::string& after,
                                             std::size_t limit) const;
  // Of all keys of an account and region, behind `after` ("<key id>/<grant id>"), at most `limit` for which
  // `wanted` holds.
  [[nodiscard]] std::vector<GrantPtr> grants(const std::string& account, const std::string& region,
                                             const std::string& after, std::size_t limit,
                                             const std::function<bool(const Grant&)>& wanted) const;
  [[nodiscard]] std::vector<KeyPtr> all_keys() const;

  // Changes for one write; each is applied only if its row is as it was found.
  void put(RowChanges& changes, Key key, const RowVersion& before);
  void put(RowChanges& changes, Alias alias, const RowVersion& before);
  void put(RowChanges& changes, Grant grant, const RowVersion& before);
  void expect(RowChanges& changes, const Key& key, const RowVersion& version) const;
  void remove(RowChanges& changes, const FoundAlias& alias);
  void remove(RowChanges& changes, const FoundGrant& grant);
  // The key with its aliases and grants.
  void remove(RowChanges& changes, const FoundKey& key);
  // False: a row was not as expected, and nothing was changed. Throws StorageFailure.
  [[nodiscard]] asio::awaitable<bool> write(RowChanges changes);

  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

 private:
  storage::Catalog& catalog_;
  const Seal master_;
  std::vector<UnreadableRow> unreadable_;
  mutable std::shared_mutex mutex_;
  std::atomic<std::size_t> sealed_keys_ = 0;  // that the master key does not decrypt
  Table<Key> keys_;
  Table<Alias> aliases_;
  Table<Grant> grants_;
};

}  // namespace millrace::kms
