// What is known in memory of the shards in use: their ends, their newest blocks, and who waits for more.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "storage/local/index/blocks.h"
#include "storage/local/shard_hash.h"
#include "storage/losses.h"
#include "storage/probe.h"

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
  std::deque<Block> tail;     // the newest blocks, without a gap, up to state.next
  Time oldest = Time::min();  // no record that is retained arrived before
  std::vector<std::shared_ptr<Waiter>> waiters;
  bool stopped = false;
};

// The shards in use. A shard enters with its first use and stays until its stream is dropped, about 1 KB
// each: retention looks at every shard of every stream, and should not read the database for that. Safe from
// any thread.
class Shards {
 public:
  // Shards whose rows are damaged are noted in `losses`.
  Shards(const Database& database, Losses& losses) : database_(database), losses_(losses) {}

  // The shard if it is in memory, else nothing.
  [[nodiscard]] std::shared_ptr<Shard> known(ShardId id) const;
  // The shard, read from the database if need be (blocks). A shard that never had a record is not kept.
  [[nodiscard]] Result<std::shared_ptr<Shard>> get(ShardId id);
  // As `get`, and keeps the shard, unless its stream was dropped.
  [[nodiscard]] Result<std::shared_ptr<Shard>> get_or_create(ShardId id);
  // Forgets the stream's shards and returns them.
  [[nodiscard]] std::vector<std::shared_ptr<Shard>> remove(std::uint64_t stream);
  // Whether the stream is among the last that were removed: what was on its way to it then would otherwise
  // bring its shards back, and nobody would ever remove them.
  [[nodiscard]] bool removed(std::uint64_t stream) const;
  // Ends every wait.
  void stop();
  [[nodiscard]] std::size_t size() const;

 private:
  [[nodiscard]] Result<std::shared_ptr<Shard>> load(ShardId id, bool keep);
  // The mutex is held.
  [[nodiscard]] bool was_removed(std::uint64_t stream) const;

  const Database& database_;
  Losses& losses_;
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
  [[nodiscard]] std::size_t entries() const { return oldest_.size(); }

 private:
  struct Entry {
    std::shared_ptr<Shard> shard;
    Index first;
  };
  void pop(Shard& shard);
  [[nodiscard]] static bool is_stale(const Entry& entry);

  const std::size_t bound_;
  std::size_t bytes_ = 0;
  std::deque<Entry> oldest_;  // in order of arrival; an entry may outlive its block
  std::size_t stale_ = 0;     // how many do, at most
  Gauge& size_;
};

}  // namespace millrace::storage
