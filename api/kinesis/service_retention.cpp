// The part of Kinesis that forgets what is older than its stream keeps.
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

// How long a record may be on its way to the log, sealed with the key of when it came.
constexpr std::chrono::minutes kPutPatience{1};
// Of one commit.
constexpr std::size_t kMostTrims = 20'000;

// Behind its last record, a data key is destroyed too.
bool is_spent(const DataKey& key, Time horizon) {
  return key.retired && *key.retired + kPutPatience < horizon;
}
// Closed so long ago that none of its records is left.
bool is_expired(const Shard& shard, Time horizon) {
  return shard.closed_s &&
         *shard.closed_s < static_cast<std::uint64_t>(horizon.time_since_epoch().count() / 1000);
}

bool has_expired(const Stream& stream, Time horizon) {
  return std::any_of(stream.shards.begin(), stream.shards.end(),
                     [&](const Shard& s) { return is_expired(s, horizon); }) ||
         std::any_of(stream.data_keys.begin(), stream.data_keys.end(),
                     [&](const DataKey& k) { return is_spent(k, horizon); });
}

}  // namespace

struct Kinesis::Expiry {
  std::vector<std::pair<storage::ShardId, storage::Index>> trims;
  std::vector<StreamPtr> expired;  // with shards or data keys that go once that is trimmed
  std::optional<StorageFailure> failure;
};

asio::awaitable<void> Kinesis::enforce_retention() {
  Expiry found;
  const std::vector<std::uint64_t> deleted = streams.deleted();
  for (const std::uint64_t number : deleted) {
    try {
      or_throw(co_await log.drop(number));
      co_await streams.dropped(number);
    } catch (const StorageFailure& e) {
      if (!found.failure) found.failure = e;
    }
  }
  for (auto page = streams.page(nullptr, kStreamsATurn); !page.empty();
       page = streams.page(page.back(), kStreamsATurn)) {
    for (const StreamPtr& stream : page) co_await look_for_expired(stream, found);
    if (found.trims.size() >= kMostTrims) co_await trim(found);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
  co_await trim(found);
  if (found.failure) throw *found.failure;
}

asio::awaitable<void> Kinesis::look_for_expired(StreamPtr stream, Expiry& found) {
  const Time now = clock.now(), horizon = stream->horizon(now);
  const bool expired = has_expired(*stream, horizon);
  {
    const std::shared_lock lock(mutex_);
    const auto empty = empty_since_.find(stream->number);
    if (!expired && empty != empty_since_.end() && horizon <= empty->second) co_return;
  }
  bool empty = true, failed = false;
  for (const Shard& shard : stream->shards) {
    const storage::ShardId id = stream->log_id(shard);
    const storage::Result<storage::Index> keep = co_await log.find(id, horizon);
    const storage::Result<storage::Bounds> bounds = co_await log.bounds(id);
    if (!keep || !bounds) {
      failed = true;
      if (!found.failure) found.failure = StorageFailure(keep ? bounds.error() : keep.error());
      continue;
    }
    if (*keep > bounds->first) found.trims.emplace_back(id, *keep);
    empty = empty && *keep >= bounds->next;
  }
  if (expired && !failed) found.expired.push_back(stream);
  const std::unique_lock lock(mutex_);
  if (!empty || failed || !streams.find(stream->number))
    empty_since_.erase(stream->number);
  else
    empty_since_[stream->number] = now;
}

asio::awaitable<void> Kinesis::trim(Expiry& found) {
  const std::vector<StreamPtr> expired = std::exchange(found.expired, {});
  auto trims = std::exchange(found.trims, {});
  try {
    if (!trims.empty()) or_throw(co_await log.trim(std::move(trims)));
    for (const StreamPtr& stream : expired) co_await forget_expired(stream);
  } catch (const StorageFailure& e) {
    if (!found.failure) found.failure = e;
  }
}

asio::awaitable<void> Kinesis::forget_expired(StreamPtr stream) {
  const Time horizon = stream->horizon(clock.now());
  bool fewer_shards = false;
  try {
    co_await streams.update(stream, [&](Stream& s) {
      fewer_shards =
          std::erase_if(s.shards, [&](const Shard& shard) { return is_expired(shard, horizon); }) > 0;
      std::erase_if(s.data_keys, [&](const DataKey& key) { return is_spent(key, horizon); });
    });
  } catch (const ApiError&) {  // it went meanwhile
    co_return;
  }
  if (fewer_shards) shard_probes.forget(stream->number);
}

}  // namespace millrace::kinesis
