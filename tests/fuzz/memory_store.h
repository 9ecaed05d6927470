// A log that remembers what was appended last, beside the catalog of the engine in memory: what a service
// needs to be driven by a fuzzer, without disk or time. Every append gets the same indexes, so that answers
// can be compared.
#pragma once

#include "storage/memory/catalog.h"
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

  asio::awaitable<storage::Result<void>> open(std::uint64_t, std::string,
                                              std::vector<std::uint32_t>) override {
    co_return storage::Result<void>{};
  }
  asio::awaitable<std::vector<storage::Result<storage::Appended>>> append(
      std::vector<storage::ShardAppend> appends) override {
    std::vector<storage::Result<storage::Appended>> at;
    batches.clear();
    for (const storage::ShardAppend& a : appends) {
      batches.push_back(std::to_string(a.shard.shard) + ":" +
                        std::string(a.batch.bytes().begin(), a.batch.bytes().end()));
      at.push_back(storage::Appended{{{{0}, a.batch.count(), StillClock().now()}}});
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
  asio::awaitable<storage::Result<storage::Bounds>> bounds(storage::ShardId) override {
    co_return storage::Bounds{};
  }
  storage::Bounds known_bounds(storage::ShardId) const override { return {}; }
  asio::awaitable<storage::Result<bool>> wait(storage::ShardId, storage::Index,
                                              std::chrono::steady_clock::time_point) override {
    co_return false;
  }
  asio::awaitable<storage::Result<void>> trim(
      std::vector<std::pair<storage::ShardId, storage::Index>>) override {
    co_return storage::Result<void>{};
  }
  asio::awaitable<storage::Result<std::vector<storage::Index>>> close(
      std::vector<storage::ShardId> shards) override {
    co_return std::vector<storage::Index>(shards.size());
  }
  asio::awaitable<storage::Result<void>> drop(std::uint64_t) override { co_return storage::Result<void>{}; }
};

}  // namespace millrace::fuzz
