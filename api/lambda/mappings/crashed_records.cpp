#include "api/lambda/mappings/crashed_records.h"

#include <cstdio>

#include "api/core/rows.h"

namespace millrace::lambda {

namespace asio = boost::asio;

namespace {

const std::string kPrefix = "l/z/";

std::string row_key(const std::string& uuid, std::uint32_t shard) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "/%010u", shard);
  return kPrefix + uuid + digits;
}

}  // namespace

CrashedRecords::CrashedRecords(storage::Catalog& catalog) : catalog_(catalog) {
  const auto crashes_of = [](const std::string& row) {
    const nlohmann::json document = parse_row(row, "a crashed record's");
    Crashes out;
    for (const auto& [index, times] : document.at("crashes").items())
      out[std::stoull(index)] = times.get<unsigned>();
    return out;
  };
  load_rows(catalog, kPrefix, unreadable_, crashes_of, [this](const storage::Row& row, Crashes crashes) {
    const std::string key = row.key.substr(kPrefix.size());
    const std::size_t slash = key.rfind('/');
    if (slash == key.npos) return;
    shards_[{key.substr(0, slash), static_cast<std::uint32_t>(std::stoul(key.substr(slash + 1)))}] =
        std::move(crashes);
  });
}

asio::awaitable<void> CrashedRecords::count(std::string uuid, std::uint32_t shard, storage::Index index) {
  nlohmann::json row{{"version", 1}, {"crashes", nlohmann::json::object()}};
  {
    const std::lock_guard lock(mutex_);
    Crashes& crashes = shards_[{uuid, shard}];
    ++crashes[index.value];
    if (crashes.size() > kMostOfAShard)
      crashes.erase(crashes.begin()->first == index.value ? std::next(crashes.begin()) : crashes.begin());
    for (const auto& [at, times] : crashes) row["crashes"][std::to_string(at)] = times;
  }
  storage::CatalogBatch batch;
  batch.put(row_key(uuid, shard), row.dump());
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::durable));
}

std::set<storage::Index> CrashedRecords::passed_over(const std::string& uuid, std::uint32_t shard) const {
  std::set<storage::Index> out;
  const std::lock_guard lock(mutex_);
  const auto known = shards_.find({uuid, shard});
  if (known == shards_.end()) return out;
  for (const auto& [index, times] : known->second)
    if (times >= kMaxCrashes) out.insert({index});
  return out;
}

std::vector<CrashedRecord> CrashedRecords::passed_over() const {
  std::vector<CrashedRecord> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [where, crashes] : shards_)
    for (const auto& [index, times] : crashes)
      if (times >= kMaxCrashes) out.push_back({where.first, where.second, {index}, times});
  return out;
}

asio::awaitable<void> CrashedRecords::forget(std::string uuid) {
  storage::CatalogBatch batch;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = shards_.lower_bound({uuid, 0}); at != shards_.end() && at->first.first == uuid;) {
      batch.remove(row_key(uuid, at->first.second));
      at = shards_.erase(at);
    }
  }
  if (!batch.changes().empty()) or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
}

}  // namespace millrace::lambda
