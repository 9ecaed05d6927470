// What is known in memory of the shards in use: their ends, their newest blocks, and who waits for more.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "storage/probe.h"
#include "storage/rocksdb/blocks.h"
#include "storage/rocksdb/shard_hash.h"

namespace millrace::storage {

// Someone who waits for a shard to grow; finished once, by whoever comes first.
class Waiter {
 public:
  explicit Waiter(Index from) : from_(from) {}
  virtual ~Waiter() = default;
  [[nodiscard]] Index from() const { return from_; }
  [[nodiscard]] virtual bool finished() const = 0;
  // Resumes the caller; without effect the second time. Safe from any thread.
  virtual void finish(Result<bool> result) = 0;

 private:
  const Index from_;
};

// One shard. Shared by the registry, the tail cache's queue and whoever is using it.
struct Shard {
  Shard(ShardId i, ShardState s) : id(i), staged(s), state(s) {}

  // Waits until `waiter` is to be finished, or finishes it now.
  void add(const std::shared_ptr<Waiter>& waiter);
  void forget(const Waiter* waiter);
  // Ends every wait, now and later.
  void stop();

  const ShardId id;

  // The committer's alone: what the group that it is putting together will make of the shard.
  ShardState staged;

  std::mutex mutex;
  // Guarded by mutex: what is committed.
  ShardState state;
  std::deque<Block> tail;  // the newest blocks, without a gap, up to state.next
  std::vector<std::shared_ptr<Waiter>> waiters;
  bool stopped = false;
};

// The shards in use. A shard enters with its first use and stays: some hundred bytes each. Safe from any
// thread.
class Shards {
 public:
  explicit Shards(const Database& database) : database_(database) {}

  // The shard if it is in memory, else nothing.
  [[nodiscard]] std::shared_ptr<Shard> known(ShardId id) const;
  // The shard, read from the database if need be (blocks). A shard that never had a record is not kept.
  [[nodiscard]] Result<std::shared_ptr<Shard>> get(ShardId id);
  // As `get`, and keeps the shard.
  [[nodiscard]] Result<std::shared_ptr<Shard>> get_or_create(ShardId id);
  // Forgets the stream's shards and returns them.
  [[nodiscard]] std::vector<std::shared_ptr<Shard>> remove(std::uint64_t stream);
  // Whether the stream is among the last that were removed: what was on its way to it then would otherwise
  // bring its shards back, and nobody would ever remove them.
  [[nodiscard]] bool removed(std::uint64_t stream) const;
  // Ends every wait.
  void stop();

 private:
  [[nodiscard]] Result<std::shared_ptr<Shard>> load(ShardId id, bool keep);

  const Database& database_;
  mutable std::shared_mutex mutex_;
  // Guarded by mutex_.
  std::unordered_map<ShardId, std::shared_ptr<Shard>, ShardIdHash> shards_;
  std::uint64_t removals_ = 0;
  std::deque<std::uint64_t> removed_;
};

// Bounds the blocks in all shards' tails together; the oldest go first. The committer's alone.
class TailCache {
 public:
  TailCache(std::size_t bound, Probes& probes);

  // Puts the shard's newest block into its tail. The shard's mutex is held.
  void push(const std::shared_ptr<Shard>& shard, const Block& block);
  // Drops the blocks that end at `before` or earlier. The shard's mutex is held.
  void trim(Shard& shard, Index before);
  // Drops blocks until the bound is kept. No shard's mutex is held.
  void evict();

 private:
  struct Entry {
    std::shared_ptr<Shard> shard;
    Index first;
  };
  void pop(Shard& shard);

  const std::size_t bound_;
  std::size_t bytes_ = 0;
  std::deque<Entry> oldest_;  // in order of arrival; an entry may outlive its block
  Gauge& size_;
};

}  // namespace millrace::storage
