#include "api/kms/store.h"

#include "api/core/rows.h"

namespace millrace::kms {

namespace {

using Json = nlohmann::json;

std::string row_of(const Key& k) { return Store::place_of(k.account, k.region) + k.id; }
std::string row_of(const Alias& a) { return Store::place_of(a.account, a.region) + a.name; }
std::string grants_of(const Key& k) { return row_of(k) + "/"; }
std::string row_of(const Grant& g) { return Store::place_of(g.account, g.region) + g.key_id + "/" + g.id; }

std::string encode_alias(const Alias& a) {
  return Json{
      {"version", 1},    {"account", a.account},        {"region", a.region},         {"name", a.name},
      {"key", a.key_id}, {"created", ms_of(a.created)}, {"updated", ms_of(a.updated)}}
      .dump();
}

Alias decode_alias(const std::string& text) {
  const Json row = parse_row(text, "an alias's");
  return {row.at("account"), row.at("region"),           row.at("name"),
          row.at("key"),     time_of(row.at("created")), time_of(row.at("updated"))};
}

// The rows of a table whose keys begin with `prefix`, behind `prefix` + `after`, at most `limit` for which
// `wanted` holds. The table's mutex is held.
template <class Row, class Wanted>
std::vector<std::shared_ptr<const Row>> rows_behind(const Table<Row>& table, const std::string& prefix,
                                                    const std::string& after, std::size_t limit,
                                                    Wanted wanted) {
  std::vector<std::shared_ptr<const Row>> out;
  table.for_each(prefix + after, [&](const std::string& key, const std::shared_ptr<const Row>& row) {
    if (out.size() == limit || !key.starts_with(prefix)) return false;
    if (wanted(*row)) out.push_back(row);
    return true;
  });
  return out;
}

constexpr auto kAny = [](const auto&) { return true; };

}  // namespace

Store::Store(storage::Catalog& catalog, const Seal& master)
    : catalog_(catalog),
      master_(master),
      keys_(catalog, "kms/k/", mutex_, encode_key,
            [this](const std::string& row) {
              try {
                return decode_key(row, master_);
              } catch (const MaterialSealed&) {
                ++sealed_keys_;
                throw;
              }
            }),
      aliases_(catalog, "kms/a/", mutex_, encode_alias, decode_alias),
      grants_(catalog, "kms/g/", mutex_, encode_grant, decode_grant) {
  keys_.load(unreadable_);
  // One damaged row is set aside; if no key opens, the rows are not what is wrong.
  if (sealed_keys_ > 0 && all_keys().empty()) throw WrongMasterKey(unreadable_.front().reason);
  aliases_.load(unreadable_);
  grants_.load(unreadable_);
}

FoundKey Store::key(const std::string& account, const std::string& region, const std::string& id) const {
  auto read = keys_.read(place_of(account, region) + id);
  return {std::move(read.row), read.version};
}

FoundAlias Store::alias(const std::string& account, const std::string& region,
                        const std::string& name) const {
  auto read = aliases_.read(place_of(account, region) + name);
  return {std::move(read.row), read.version};
}

FoundGrant Store::grant(const Key& key, const std::string& id) const {
  auto read = grants_.read(grants_of(key) + id);
  return {std::move(read.row), read.version};
}

std::vector<KeyPtr> Store::keys(const std::string& account, const std::string& region,
                                const std::string& after, std::size_t limit) const {
  const std::shared_lock lock(mutex_);
  return rows_behind(keys_, place_of(account, region), after, limit, kAny);
}

std::vector<AliasPtr> Store::aliases(const std::string& account, const std::string& region,
                                     const std::string& after, std::size_t limit) const {
  const std::shared_lock lock(mutex_);
  return rows_behind(aliases_, place_of(account, region), after, limit, kAny);
}

std::vector<AliasPtr> Store::aliases_of(const Key& key) const {
  const std::shared_lock lock(mutex_);
  return rows_behind(aliases_, place_of(key.account, key.region), "", SIZE_MAX,
                     [&](const Alias& a) { return a.key_id == key.id; });
}

std::vector<GrantPtr> Store::grants(const Key& key, const std::string& after, std::size_t limit) const {
  const std::shared_lock lock(mutex_);
  return rows_behind(grants_, grants_of(key), after, limit, kAny);
}

std::vector<GrantPtr> Store::grants(const std::string& account, const std::string& region,
                                    const std::string& after, std::size_t limit,
                                    const std::function<bool(const Grant&)>& wanted) const {
  const std::shared_lock lock(mutex_);
  return rows_behind(grants_, place_of(account, region), after, limit, wanted);
}

std::vector<KeyPtr> Store::all_keys() const {
  const std::shared_lock lock(mutex_);
  return rows_behind(keys_, "", "", SIZE_MAX, kAny);
}

void Store::put(RowChanges& changes, Key key, const RowVersion& before) {
  const std::string row = row_of(key);
  changes.put(keys_, row, std::make_shared<const Key>(std::move(key)), before);
}
void Store::put(RowChanges& changes, Alias alias, const RowVersion& before) {
  const std::string row = row_of(alias);
  changes.put(aliases_, row, std::make_shared<const Alias>(std::move(alias)), before);
}
void Store::put(RowChanges& changes, Grant grant, const RowVersion& before) {
  const std::string row = row_of(grant);
  changes.put(grants_, row, std::make_shared<const Grant>(std::move(grant)), before);
}

void Store::expect(RowChanges& changes, const Key& key, const RowVersion& version) const {
  changes.expect(keys_, row_of(key), version);
}

void Store::remove(RowChanges& changes, const FoundAlias& alias) {
  const std::string row = row_of(*alias.row);
  changes.expect(aliases_, row, alias.version);
  changes.remove(aliases_, row);
}
void Store::remove(RowChanges& changes, const FoundGrant& grant) {
  const std::string row = row_of(*grant.row);
  changes.expect(grants_, row, grant.version);
  changes.remove(grants_, row);
}

// Whoever adds an alias or a grant expects the key to be as it was, so that none stays without its key.
void Store::remove(RowChanges& changes, const FoundKey& key) {
  for (const AliasPtr& a : aliases_of(*key.row)) {
    const FoundAlias found = alias(a->account, a->region, a->name);
    if (found.row && found.row->key_id == key.row->id) remove(changes, found);
  }
  const std::string grants = grants_.prefix() + grants_of(*key.row);
  changes.batch().remove_range(grants, storage::behind(grants));
  const std::string row = row_of(*key.row);
  changes.expect(keys_, row, key.version);
  changes.remove(keys_, row);
}

asio::awaitable<bool> Store::write(RowChanges changes) { co_return co_await changes.write(catalog_); }

}  // namespace millrace::kms
