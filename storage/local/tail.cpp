#include "storage/local/tail.h"

#include <algorithm>

namespace millrace::storage {
namespace {

// What a cached block costs besides its bytes.
constexpr std::size_t kBlockOverhead = 160;

// Entries of blocks that are gone are looked for when there are so many.
constexpr std::size_t kManyStale = 1024;

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
    if (!state) {
      if (state.error().code == Errc::corrupt) losses_.add_unreadable(id, state.error().detail);
      return state.error();
    }
    auto shard = std::make_shared<Shard>(id, *state);
    if (!keep && !state->exists()) return shard;
    const std::unique_lock lock(mutex_);
    if (removals_ != removals) continue;       // what was read may be gone
    if (was_removed(id.stream)) return shard;  // nobody would ever remove it
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
  return was_removed(stream);
}

bool Shards::was_removed(std::uint64_t stream) const {
  return std::find(removed_.begin(), removed_.end(), stream) != removed_.end();
}

std::size_t Shards::size() const {
  const std::shared_lock lock(mutex_);
  return shards_.size();
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
    : bound_(bound), size_(probes.gauge("millrace_tail_cache_bytes", "Memory used by the tail cache")) {}

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
  for (; !shard.tail.empty() && shard.tail.front().next() <= before; ++stale_) pop(shard);
}

// Blocks leave a tail from its front.
bool TailCache::is_stale(const Entry& entry) {
  const std::lock_guard lock(entry.shard->mutex);
  return entry.shard->tail.empty() || entry.first < entry.shard->tail.front().first();
}

void TailCache::evict() {
  while (bytes_ > bound_ && !oldest_.empty()) {
    const Entry& entry = oldest_.front();
    {
      const std::lock_guard lock(entry.shard->mutex);
      const auto& tail = entry.shard->tail;
      if (!tail.empty() && tail.front().first() == entry.first)
        pop(*entry.shard);
      else
        stale_ -= std::min<std::size_t>(stale_, 1);
    }
    oldest_.pop_front();
  }
  // Entries whose blocks were trimmed hold on to their shards. They go as they come to the front, or when
  // they are many behind one that stays there.
  while (!oldest_.empty() && is_stale(oldest_.front())) {
    oldest_.pop_front();
    stale_ -= std::min<std::size_t>(stale_, 1);
  }
  if (stale_ >= kManyStale && stale_ >= oldest_.size() / 2) {
    std::erase_if(oldest_, is_stale);
    stale_ = 0;
  }
  size_.set(static_cast<double>(bytes_));
}

}  // namespace millrace::storage
