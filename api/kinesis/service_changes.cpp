// The passing states of streams: what is to come stands in the row before anything is done, so that a crash
// at any point leaves a stream that the next start brings to its end.
#include "api/kinesis/errors.h"
#include "api/kinesis/reshard.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

asio::awaitable<void> Kinesis::begin(StreamPtr stream, PendingChange change,
                                     std::function<void(Stream&)> set) {
  const bool at_once = options.update_delay.count() == 0;
  const Time due = clock.now() + options.update_delay;
  const bool only_settings = at_once && change.kind == PendingChange::Kind::settings;
  const auto begun = co_await streams.update(stream, [&](Stream& s) {
    if (s.status != StreamStatus::active) throw stream_not_active(s.name, s.account, to_string(s.status));
    if (set) set(s);
    if (only_settings) return;
    s.status = StreamStatus::updating;
    ++s.changes;
    s.due = due;
    s.change = change;
  });
  if (at_once && !only_settings) co_await finish(begun);
}

asio::awaitable<void> Kinesis::begin_creation(Stream stream) {
  if (options.create_delay.count() > 0) {
    stream.status = StreamStatus::creating;
    stream.due = clock.now() + options.create_delay;
  }
  co_await streams.create(std::move(stream), [this](const Stream& s) { return open_shards(s, s.shards); });
}

asio::awaitable<void> Kinesis::begin_deletion(StreamPtr stream) {
  if (options.delete_delay.count() == 0) co_return co_await finish_deletion(stream);
  const Time due = clock.now() + options.delete_delay;
  co_await streams.update(stream, [&](Stream& s) {
    if (s.status == StreamStatus::deleting) return;
    if (s.status == StreamStatus::creating) s.shards.clear();  // a stream that never was ACTIVE shows none
    s.status = StreamStatus::deleting;
    s.due = due;
    s.change = PendingChange();
  });
}

asio::awaitable<void> Kinesis::finish_deletion(StreamPtr stream) {
  co_await streams.remove(stream);
  forget_probes(*stream);
  or_throw(co_await log.drop(stream->number));
  co_await streams.dropped(stream->number);
}

asio::awaitable<storage::Result<void>> Kinesis::open_shards(const Stream& stream,
                                                            std::span<const Shard> shards) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(shards.size());
  for (const Shard& shard : shards) numbers.push_back(shard.number);
  return log.open(stream.number, stream.account + "." + stream.region + "." + stream.name,
                  std::move(numbers));
}

// Parents are closed before their children are shown: a writer that meets a closed shard waits for those.
asio::awaitable<void> Kinesis::finish(StreamPtr stream) {
  Stream next = *stream;
  apply(next, stream->change, static_cast<std::uint64_t>(clock.now().time_since_epoch().count() / 1000));
  std::vector<storage::ShardId> parents;
  for (const Shard& shard : stream->shards)
    if (!shard.closed_s && next.find_shard(shard.number)->closed_s) parents.push_back(stream->log_id(shard));
  const auto added = std::find_if(next.shards.begin(), next.shards.end(),
                                  [&](const Shard& shard) { return !stream->find_shard(shard.number); });
  if (added != next.shards.end()) or_throw(co_await open_shards(next, {added, next.shards.end()}));
  if (!parents.empty()) or_throw(co_await log.close(std::move(parents)));
  co_await streams.update(stream, [&](Stream& s) {
    // Somebody else may have ended it, and the next one may be under way.
    if (s.status != stream->status || s.changes != stream->changes) return;
    s.shards = next.shards;
    s.status = StreamStatus::active;
    s.change = PendingChange();
  });
}

asio::awaitable<void> Kinesis::finish_due_changes() {
  const Time now = clock.now();
  std::optional<StorageFailure> failure;
  const std::vector<StreamPtr> due = streams.due(now);
  for (const StreamPtr& stream : due) {
    try {
      if (stream->status == StreamStatus::deleting) {
        co_await finish_deletion(stream);
      } else if (stream->status != StreamStatus::active) {
        co_await finish(stream);
      } else {
        co_await streams.update(stream, [&](Stream& s) {
          std::erase_if(s.consumers, [&](const Consumer& c) { return c.gone_from && *c.gone_from <= now; });
        });
      }
    } catch (const StorageFailure& e) {
      if (!failure) failure = e;
    } catch (const ApiError&) {  // the stream went meanwhile
    }
  }
  if (failure) throw *failure;
}

}  // namespace millrace::kinesis
