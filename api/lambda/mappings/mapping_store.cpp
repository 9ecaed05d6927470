#include "api/lambda/mappings/mapping_store.h"

#include <algorithm>
#include <cstdio>

#include "api/core/rows.h"
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

const std::string kMappingPrefix = "l/m/";
const std::string kCheckpointPrefix = "l/c/";
const std::string kSetAsidePrefix = "l/y/";

std::string shard_key(const std::string& prefix, const std::string& uuid, std::uint32_t shard) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "/%010u", shard);
  return prefix + uuid + digits;
}
std::string checkpoint_key(const std::string& uuid, std::uint32_t shard) {
  return shard_key(kCheckpointPrefix, uuid, shard);
}

// Why the row is no checkpoint.
std::string reason_of(const std::string& row) {
  try {
    (void)checkpoint_of(row);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "an earlier version of the server could not decode it";
}

// Of a key behind kSetAsidePrefix.
std::pair<std::string, std::uint32_t> shard_of(std::string_view key) {
  const std::size_t slash = key.rfind('/');
  return {std::string(key.substr(0, slash)),
          static_cast<std::uint32_t>(std::stoul(std::string(key.substr(slash + 1))))};
}

// Two mappings must not have the same one.
std::string pair_of(const Mapping& m) { return m.source_arn + " " + m.function_arn; }

}  // namespace

// While a mapping is created, no other one of the same source and function is.
class Mappings::Creation {
 public:
  Creation(Mappings& mappings, std::string pair) : mappings_(mappings), pair_(std::move(pair)) {}
  Creation(const Creation&) = delete;
  ~Creation() {
    const std::unique_lock lock(mappings_.mutex_);
    mappings_.creating_.erase(pair_);
  }

 private:
  Mappings& mappings_;
  std::string pair_;
};

Mappings::Mappings(storage::Catalog& catalog)
    : catalog_(catalog),
      mappings_(catalog, kMappingPrefix, mutex_, row_of, mapping_of,
                [this](const std::string& uuid, const MappingPtr& before, const MappingPtr& after) {
                  changed(uuid, before, after);
                }) {
  mappings_.load(unreadable_);
  {
    const std::unique_lock lock(mutex_);
    mappings_.for_each("", [this](const std::string& uuid, const MappingPtr& mapping) {
      progress_[uuid].state = mapping->deleting ? "Deleting" : mapping->enabled ? "Enabled" : "Disabled";
      return true;
    });
  }
  for_each_row(catalog, kSetAsidePrefix, [this](const storage::Row& row) {
    set_aside_[shard_of(std::string_view(row.key).substr(kSetAsidePrefix.size()))] = reason_of(row.value);
  });
}

void Mappings::changed(const std::string& uuid, const MappingPtr& before, const MappingPtr& after) {
  if (after) {
    if (!before) progress_[uuid] = {};
    return;
  }
  progress_.erase(uuid);
  std::erase_if(set_aside_, [&](const auto& entry) { return entry.first.first == uuid; });
}

MappingPtr Mappings::find(const std::string& uuid) const {
  const std::shared_lock lock(mutex_);
  return mappings_.find(uuid);
}

std::vector<MappingPtr> Mappings::list(const std::string& account, const std::string& region,
                                       const std::string& after) const {
  std::vector<MappingPtr> out;
  const std::shared_lock lock(mutex_);
  mappings_.for_each(after, [&](const std::string&, const MappingPtr& mapping) {
    if (mapping->account == account && mapping->region == region) out.push_back(mapping);
    return true;
  });
  return out;
}

std::vector<MappingPtr> Mappings::all() const {
  std::vector<MappingPtr> out;
  const std::shared_lock lock(mutex_);
  mappings_.for_each("", [&](const std::string&, const MappingPtr& mapping) {
    out.push_back(mapping);
    return true;
  });
  return out;
}

asio::awaitable<void> Mappings::create(Mapping mapping, ShardCheckpoints start) {
  const std::string pair = pair_of(mapping);
  {
    const std::unique_lock lock(mutex_);
    mappings_.for_each("", [&](const std::string& uuid, const MappingPtr& other) {
      if (pair_of(*other) == pair) throw mapping_exists(mapping.source_arn, mapping.function, uuid);
      return true;
    });
    if (!creating_.insert(pair).second)
      throw mapping_exists(mapping.source_arn, mapping.function, mapping.uuid);
  }
  const Creation guard(*this, pair);
  const auto created = std::make_shared<const Mapping>(std::move(mapping));
  RowChanges changes;
  changes.put(mappings_, created->uuid, created, std::nullopt);
  for (const auto& [shard, checkpoint] : start)
    changes.batch().put(checkpoint_key(created->uuid, shard), row_of(checkpoint));
  if (!co_await changes.write(catalog_))
    throw mapping_exists(created->source_arn, created->function, created->uuid);
}

asio::awaitable<MappingPtr> Mappings::update(std::string uuid, std::function<void(Mapping&)> change) {
  const auto [mapping, version] = mappings_.read(uuid);
  if (!mapping) throw mapping_not_found();
  if (mapping->deleting) throw mapping_in_use();
  const auto next = std::make_shared<Mapping>(*mapping);
  change(*next);
  RowChanges changes;
  changes.put(mappings_, uuid, next, version);
  if (!co_await changes.write(catalog_)) throw mapping_in_use();
  co_return next;
}

asio::awaitable<void> Mappings::remove(std::string uuid) {
  RowChanges changes;
  for (const std::string& prefix : {kSetAsidePrefix, kCheckpointPrefix}) {
    const std::string rows = prefix + uuid + "/";
    changes.batch().remove_range(rows, storage::behind(rows));
  }
  changes.remove(mappings_, uuid);
  (void)co_await changes.write(catalog_, storage::Sync::lazy);
}

MappingProgress Mappings::progress(const std::string& uuid) const {
  const std::shared_lock lock(mutex_);
  const auto it = progress_.find(uuid);
  return it == progress_.end() ? MappingProgress{} : it->second;
}

void Mappings::set_state(const std::string& uuid, std::string state) {
  const std::unique_lock lock(mutex_);
  if (const auto it = progress_.find(uuid); it != progress_.end()) it->second.state = std::move(state);
}

void Mappings::set_result(const std::string& uuid, std::string result) {
  const std::unique_lock lock(mutex_);
  if (const auto it = progress_.find(uuid); it != progress_.end()) it->second.result = std::move(result);
}

asio::awaitable<std::optional<Checkpoint>> Mappings::checkpoint(std::string uuid, std::uint32_t shard) const {
  const std::optional<std::string> row = or_throw(co_await catalog_.fetch(checkpoint_key(uuid, shard)));
  if (!row) co_return std::nullopt;
  try {
    co_return checkpoint_of(*row);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    throw CheckpointUnreadable(e.what());
  }
}

asio::awaitable<storage::Result<void>> Mappings::keep(std::string uuid, std::uint32_t shard,
                                                      Checkpoint checkpoint) {
  storage::CatalogBatch batch;
  batch.put(checkpoint_key(uuid, shard), row_of(checkpoint));
  co_return co_await catalog_.write(std::move(batch), storage::Sync::lazy);
}

asio::awaitable<void> Mappings::set_aside(std::string uuid, std::uint32_t shard, std::string reason) {
  std::optional<std::string> row = or_throw(co_await catalog_.fetch(checkpoint_key(uuid, shard)));
  if (!row) co_return;
  storage::CatalogBatch batch;
  batch.put(shard_key(kSetAsidePrefix, uuid, shard), std::move(*row));
  batch.remove(checkpoint_key(uuid, shard));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  set_aside_[{uuid, shard}] = std::move(reason);
}

std::vector<SetAsideCheckpoint> Mappings::set_aside() const {
  std::vector<SetAsideCheckpoint> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [where, reason] : set_aside_) out.push_back({where.first, where.second, reason});
  return out;
}

}  // namespace millrace::lambda
