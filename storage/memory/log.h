// The shard log of the engine in memory.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "storage/shard_log.h"

namespace millrace::storage {

// See MemoryStore, which owns it. Never waits, but in `wait`.
class MemoryLog final : public ShardLog {
 public:
  MemoryLog(const Clock& clock, bool sparse) : clock_(clock), sparse_(sparse) {}

  [[nodiscard]] boost::asio::awaitable<Result<void>> open(std::uint64_t stream, std::string label,
                                                          std::vector<std::uint32_t> shards) override;
  [[nodiscard]] boost::asio::awaitable<std::vector<Result<Appended>>> append(
      std::vector<ShardAppend> appends) override;
  [[nodiscard]] boost::asio::awaitable<Result<Records>> read(ShardId shard, Index from,
                                                             ReadLimit limit) override;
  [[nodiscard]] boost::asio::awaitable<Result<Index>> find(ShardId shard, Time time) override;
  [[nodiscard]] boost::asio::awaitable<Result<Bounds>> bounds(ShardId shard) override;
  [[nodiscard]] Bounds known_bounds(ShardId shard) const override;
  [[nodiscard]] boost::asio::awaitable<Result<bool>> wait(
      ShardId shard, Index from, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> trim(
      std::vector<std::pair<ShardId, Index>> before) override;
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<Index>>> close(
      std::vector<ShardId> shards) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> drop(std::uint64_t stream) override;

  // From now on, every call returns io, and so does what waits.
  void stop();
  // From now on, appends to the shard return `error`; nullopt: no longer.
  void fail_appends(ShardId shard, std::optional<Error> error);

 private:
  using Timer = std::shared_ptr<boost::asio::steady_timer>;
  struct Shard {
    bool open = false, closed = false;
    Index first, next;
    Index behind;  // the last record
    Time arrival = Time::min();
    std::vector<Block> blocks;  // those before `first`, too, until all of their records are
    std::vector<Timer> waiting;
    std::optional<Error> fails;
  };

  // These with mutex_ held.
  [[nodiscard]] Result<Appended> append(ShardAppend append);
  void add(Shard& shard, Appended& to, std::string_view records, std::uint32_t count);
  [[nodiscard]] const Shard* known(ShardId id) const;
  static void wake(Shard& shard);

  const Clock& clock_;
  const bool sparse_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<ShardId, Shard> shards_;
  std::set<std::uint64_t> dropped_;
  bool stopped_ = false;
};

}  // namespace millrace::storage
