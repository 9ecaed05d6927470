#include "api/lambda/mappings/mapping_store.h"

#include <algorithm>
#include <cstdio>

#include "api/core/rows.h"
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

constexpr std::size_t kPage = 1000;
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

// While one request changes something, others that want to are told that it is in use.
class Mappings::Change {
 public:
  Change(Mappings& mappings, std::string what) : mappings_(mappings), what_(std::move(what)) {}
  Change(const Change&) = delete;
  ~Change() {
    const std::unique_lock lock(mappings_.mutex_);
    mappings_.changing_.erase(what_);
  }

 private:
  Mappings& mappings_;
  std::string what_;
};

Mappings::Mappings(storage::Catalog& catalog) : catalog_(catalog) {
  load_rows(catalog, kMappingPrefix, unreadable_, mapping_of, [this](const storage::Row&, Mapping decoded) {
    auto mapping = std::make_shared<const Mapping>(std::move(decoded));
    progress_[mapping->uuid].state = mapping->deleting  ? "Deleting"
                                     : mapping->enabled ? "Enabled"
                                                        : "Disabled";
    mappings_[mapping->uuid] = std::move(mapping);
  });
  for_each_row(catalog, kSetAsidePrefix, [this](const storage::Row& row) {
    set_aside_[shard_of(std::string_view(row.key).substr(kSetAsidePrefix.size()))] = reason_of(row.value);
  });
}

MappingPtr Mappings::find(const std::string& uuid) const {
  const std::shared_lock lock(mutex_);
  const auto it = mappings_.find(uuid);
  return it == mappings_.end() ? nullptr : it->second;
}

std::vector<MappingPtr> Mappings::list(const std::string& account, const std::string& region,
                                       const std::string& after) const {
  std::vector<MappingPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = mappings_.upper_bound(after); it != mappings_.end(); ++it)
    if (it->second->account == account && it->second->region == region) out.push_back(it->second);
  return out;
}

std::vector<MappingPtr> Mappings::all() const {
  std::vector<MappingPtr> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [uuid, mapping] : mappings_) out.push_back(mapping);
  return out;
}

asio::awaitable<void> Mappings::create(Mapping mapping, ShardCheckpoints start) {
  const std::string pair = pair_of(mapping);
  {
    const std::unique_lock lock(mutex_);
    for (const auto& [uuid, other] : mappings_)
      if (pair_of(*other) == pair) throw mapping_exists(mapping.source_arn, mapping.function, uuid);
    if (!changing_.insert(pair).second)
      throw mapping_exists(mapping.source_arn, mapping.function, mapping.uuid);
  }
  const Change guard(*this, pair);
  const auto kept = std::make_shared<const Mapping>(std::move(mapping));
  storage::CatalogBatch batch;
  batch.put(kMappingPrefix + kept->uuid, row_of(*kept));
  for (const auto& [shard, checkpoint] : start)
    batch.put(checkpoint_key(kept->uuid, shard), row_of(checkpoint));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  mappings_[kept->uuid] = kept;
  progress_[kept->uuid] = {};
}

asio::awaitable<MappingPtr> Mappings::update(std::string uuid, std::function<void(Mapping&)> change) {
  std::shared_ptr<Mapping> next;
  {
    const std::unique_lock lock(mutex_);
    const auto it = mappings_.find(uuid);
    if (it == mappings_.end()) throw mapping_not_found();
    if (it->second->deleting || !changing_.insert(uuid).second) throw mapping_in_use();
    next = std::make_shared<Mapping>(*it->second);
  }
  const Change guard(*this, uuid);
  change(*next);
  storage::CatalogBatch batch;
  batch.put(kMappingPrefix + uuid, row_of(*next));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  mappings_[uuid] = next;
  co_return next;
}

asio::awaitable<void> Mappings::remove(std::string uuid) {
  co_await remove_rows(kSetAsidePrefix + uuid + "/");
  co_await remove_rows(kCheckpointPrefix + uuid + "/");
  storage::CatalogBatch batch;
  batch.remove(kMappingPrefix + uuid);  // the last, so that a crash leaves it to be removed again
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  const std::unique_lock lock(mutex_);
  mappings_.erase(uuid);
  progress_.erase(uuid);
  std::erase_if(set_aside_, [&](const auto& entry) { return entry.first.first == uuid; });
}

asio::awaitable<void> Mappings::remove_rows(std::string prefix) {
  std::string after;
  for (bool more = true; more;) {
    const std::vector<storage::Row> rows = or_throw(co_await catalog_.fetch_rows(prefix, after, kPage));
    if (rows.empty()) co_return;
    more = rows.size() == kPage;
    after = rows.back().key;
    storage::CatalogBatch batch;
    for (const storage::Row& row : rows) batch.remove(row.key);
    or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  }
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
