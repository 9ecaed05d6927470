#include "storage/rocksdb/tail.h"

#include <algorithm>

namespace millrace::storage {
namespace {

// What a cached block costs besides its bytes.
constexpr std::size_t kBlockOverhead = 160;

// More than can be dropped while an append waits for its commit.
constexpr std::size_t kRememberedRemovals = 4096;

const Error kClosing{Errc::io, "the store is closing"};

}  // namespace

void Shard::add(const std::shared_ptr<Waiter>& waiter) {
  std::unique_lock lock(mutex);
  if (waiter->finished()) return;
  const bool there = waiter->from() < state.next, ended = state.closed, stop = stopped;
  if (!there && !ended && !stop) {
    waiters.push_back(waiter);
    return;
  }
  lock.unlock();
  if (there || ended)
    waiter->finish(there);
  else
    waiter->finish(kClosing);
}

void Shard::forget(const Waiter* waiter) {
  const std::lock_guard lock(mutex);
  std::erase_if(waiters, [&](const auto& w) { return w.get() == waiter; });
}

void Shard::stop() {
  std::vector<std::shared_ptr<Waiter>> waiting;
  {
    const std::lock_guard lock(mutex);
    stopped = true;
    waiting.swap(waiters);
  }
  for (const auto& w : waiting) w->finish(kClosing);
}

std::shared_ptr<Shard> Shards::known(ShardId id) const {
  const std::shared_lock lock(mutex_);
  const auto at = shards_.find(id);
  return at == shards_.end() ? nullptr : at->second;
}

Result<std::shared_ptr<Shard>> Shards::get(ShardId id) { return load(id, false); }

Result<std::shared_ptr<Shard>> Shards::get_or_create(ShardId id) { return load(id, true); }

Result<std::shared_ptr<Shard>> Shards::load(ShardId id, bool keep) {
  for (;;) {
    std::uint64_t removals;
    {
      const std::shared_lock lock(mutex_);
      const auto at = shards_.find(id);
      if (at != shards_.end()) return at->second;
      removals = removals_;
    }
    const Result<ShardState> state = load_state(database_, id);
    if (!state) return state.error();
    auto shard = std::make_shared<Shard>(id, *state);
    if (!keep && !state->exists()) return shard;
    const std::unique_lock lock(mutex_);
    if (removals_ != removals) continue;  // what was read may be gone
    return shards_.try_emplace(id, std::move(shard)).first->second;
  }
}

std::vector<std::shared_ptr<Shard>> Shards::remove(std::uint64_t stream) {
  std::vector<std::shared_ptr<Shard>> removed;
  const std::unique_lock lock(mutex_);
  ++removals_;
  removed_.push_back(stream);
  if (removed_.size() > kRememberedRemovals) removed_.pop_front();
  for (auto at = shards_.begin(); at != shards_.end();) {
    if (at->first.stream == stream) {
      removed.push_back(std::move(at->second));
      at = shards_.erase(at);
    } else {
      ++at;
    }
  }
  return removed;
}

bool Shards::removed(std::uint64_t stream) const {
  const std::shared_lock lock(mutex_);
  return std::find(removed_.begin(), removed_.end(), stream) != removed_.end();
}

void Shards::stop() {
  std::vector<std::shared_ptr<Shard>> all;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, shard] : shards_) all.push_back(shard);
  }
  for (const auto& shard : all) shard->stop();
}

TailCache::TailCache(std::size_t bound, Probes& probes)
    : bound_(bound), size_(probes.gauge("millrace_tail_cache_bytes", "Memory of the tail cache.")) {}

void TailCache::push(const std::shared_ptr<Shard>& shard, const Block& block) {
  shard->tail.push_back(block);
  bytes_ += block.bytes.size() + kBlockOverhead;
  oldest_.push_back({shard, block.first()});
}

void TailCache::pop(Shard& shard) {
  bytes_ -= shard.tail.front().bytes.size() + kBlockOverhead;
  shard.tail.pop_front();
}

void TailCache::trim(Shard& shard, Index before) {
  while (!shard.tail.empty() && shard.tail.front().next() <= before) pop(shard);
}

void TailCache::evict() {
  while (bytes_ > bound_ && !oldest_.empty()) {
    const Entry& entry = oldest_.front();
    {
      const std::lock_guard lock(entry.shard->mutex);
      const auto& tail = entry.shard->tail;
      if (!tail.empty() && tail.front().first() == entry.first) pop(*entry.shard);
    }
    oldest_.pop_front();
  }
  // Entries whose blocks were trimmed go as they come to the front.
  while (!oldest_.empty()) {
    const std::shared_ptr<Shard> shard = oldest_.front().shard;
    const std::lock_guard lock(shard->mutex);
    if (!shard->tail.empty() && shard->tail.front().first() <= oldest_.front().first) break;
    oldest_.pop_front();
  }
  size_.set(static_cast<double>(bytes_));
}

}  // namespace millrace::storage
