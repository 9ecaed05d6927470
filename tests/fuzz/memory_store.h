// A log that remembers what was appended last, and a catalog in a map: what a service needs to be driven by a
// fuzzer, without disk or time.
#pragma once

#include <map>

#include "storage/catalog.h"
#include "storage/shard_log.h"

namespace millrace::fuzz {

namespace asio = boost::asio;

class StillClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(std::chrono::milliseconds(1'700'000'000'000)); }
};

class LastAppend final : public storage::ShardLog {
 public:
  std::vector<std::string> batches;  // of the last append, the bytes as they would be stored

  asio::awaitable<storage::Result<std::vector<storage::Appended>>> append(
      std::vector<storage::ShardAppend> appends) override {
    std::vector<storage::Appended> at;
    batches.clear();
    for (const storage::ShardAppend& a : appends) {
      batches.push_back(std::to_string(a.shard.shard) + ":" +
                        std::string(a.batch.bytes().begin(), a.batch.bytes().end()));
      at.push_back({{0}, StillClock().now()});
    }
    co_return at;
  }
  asio::awaitable<storage::Result<storage::Records>> read(storage::ShardId, storage::Index from,
                                                          storage::ReadLimit) override {
    co_return storage::Records(from);
  }
  asio::awaitable<storage::Result<storage::Index>> find(storage::ShardId, Time) override {
    co_return storage::Index{};
  }
  storage::Result<storage::Bounds> bounds(storage::ShardId) override { return storage::Bounds{}; }
  asio::awaitable<storage::Result<bool>> wait(storage::ShardId, storage::Index,
                                              std::chrono::steady_clock::time_point) override {
    co_return false;
  }
  asio::awaitable<storage::Result<void>> trim(storage::ShardId, storage::Index) override {
    co_return storage::Result<void>{};
  }
  asio::awaitable<storage::Result<storage::Index>> close(storage::ShardId) override {
    co_return storage::Index{};
  }
  asio::awaitable<storage::Result<void>> drop(std::uint64_t) override { co_return storage::Result<void>{}; }
};

class MapCatalog final : public storage::Catalog {
 public:
  storage::Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto at = rows_.find(key);
    return at == rows_.end() ? std::nullopt : std::optional(at->second);
  }
  storage::Result<std::vector<storage::Row>> scan(std::string_view prefix, std::string_view after,
                                                  std::size_t limit) const override {
    std::vector<storage::Row> rows;
    for (auto at = rows_.upper_bound(std::max(prefix, after)); at != rows_.end() && rows.size() < limit; ++at)
      if (at->first.starts_with(prefix)) rows.push_back({at->first, at->second});
    return rows;
  }
  asio::awaitable<storage::Result<void>> write(storage::CatalogBatch batch, storage::Sync) override {
    for (const auto& [key, value] : batch.changes())
      if (value)
        rows_[key] = *value;
      else
        rows_.erase(key);
    co_return storage::Result<void>{};
  }

 private:
  std::map<std::string, std::string, std::less<>> rows_;
};

}  // namespace millrace::fuzz
