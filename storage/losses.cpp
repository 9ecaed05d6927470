#include "storage/losses.h"

#include <algorithm>

namespace millrace::storage {

std::vector<Loss> Losses::note(const Loss& loss, bool restored) {
  std::vector<Loss> news;
  if (loss.next <= loss.first) return news;
  const std::lock_guard lock(mutex_);
  if (ranges_ >= kMost) return news;
  const Ranges& known = shards_[loss.shard];
  Index at = loss.first;
  auto range = known.upper_bound(at);
  if (range != known.begin()) at = std::max(at, std::prev(range)->second.next);
  for (; at < loss.next; ++range) {
    const Index end = range == known.end() ? loss.next : std::min(loss.next, range->first);
    if (at < end) news.push_back({loss.shard, at, end, loss.cause, loss.detail});
    if (range == known.end()) break;
    at = std::max(end, range->second.next);
  }
  for (const Loss& one : news) keep(one, restored);
  return news;
}

void Losses::add(const Loss& loss) {
  {
    const std::lock_guard telling(telling_);
    const std::vector<Loss> news = note(loss, false);
    if (news.empty()) return;
    if (listener_)
      for (const Loss& one : news) listener_(one);
  }
  tell_change();
}

void Losses::restore(const Loss& loss) { (void)note(loss, true); }

void Losses::tell_change() {
  const std::lock_guard lock(watching_);
  if (changed_) changed_();
}

void Losses::watch(std::function<void()> changed) {
  const std::lock_guard lock(watching_);
  changed_ = std::move(changed);
}

void Losses::add_unreadable(ShardId shard, std::string detail) {
  const std::lock_guard lock(mutex_);
  if (unreadable_.size() < kMost) unreadable_.try_emplace(shard, std::move(detail));
}

std::map<ShardId, std::string> Losses::unreadable() const {
  const std::lock_guard lock(mutex_);
  return unreadable_;
}

void Losses::keep(const Loss& loss, bool restored) {
  Ranges& ranges = shards_[loss.shard];
  const auto behind = ranges.lower_bound(loss.first);
  if (behind != ranges.begin()) {
    auto& [first, before] = *std::prev(behind);
    if (before.next == loss.first && before.cause == loss.cause && before.restored == restored) {
      before.next = loss.next;
      return;
    }
  }
  ranges.emplace(loss.first, Range{loss.next, loss.cause, loss.detail, restored});
  ++ranges_;
}

void Losses::listen(Listener listener) {
  const std::lock_guard telling(telling_);
  listener_ = std::move(listener);
  if (!listener_) return;
  std::vector<Loss> news;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [shard, ranges] : shards_)
      for (const auto& [first, range] : ranges)
        if (!range.restored) news.push_back({shard, first, range.next, range.cause, range.detail});
  }
  for (const Loss& loss : news) listener_(loss);
}

std::vector<Loss> Losses::all() const {
  std::vector<Loss> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [shard, ranges] : shards_)
    for (const auto& [first, range] : ranges)
      out.push_back({shard, first, range.next, range.cause, range.detail});
  return out;
}

void Losses::forget(std::uint64_t stream) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = shards_.lower_bound({stream, 0}); at != shards_.end() && at->first.stream == stream;) {
      ranges_ -= at->second.size();
      at = shards_.erase(at);
      changed = true;
    }
    std::erase_if(unreadable_, [stream](const auto& one) { return one.first.stream == stream; });
  }
  if (changed) tell_change();
}

void Losses::trimmed(ShardId shard, Index before) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = shards_.find(shard);
    if (known == shards_.end()) return;
    Ranges& ranges = known->second;
    const std::size_t size = ranges.size();
    std::erase_if(ranges, [before](const auto& range) { return range.second.next <= before; });
    ranges_ -= size - ranges.size();
    if (ranges.size() == size) return;
    if (ranges.empty()) shards_.erase(known);
  }
  tell_change();
}

}  // namespace millrace::storage
