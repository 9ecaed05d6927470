// The passing states of streams: what is to come stands in the row before anything is done, so that a crash
// at any point leaves a stream that the next start brings to its end.
#include "api/kinesis/errors.h"
#include "api/kinesis/reshard.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

asio::awaitable<void> Kinesis::begin(StreamPtr stream, Change change, std::function<void(Stream&)> set) {
  const bool at_once = options.update_delay.count() == 0;
  const Time due = clock.now() + options.update_delay;
  const bool only_settings = at_once && change.kind == Change::Kind::settings;
  const auto begun = co_await streams.update(stream, [&](Stream& s) {
    if (s.status != StreamStatus::active) throw stream_not_active(s.name, s.account, to_string(s.status));
    if (set) set(s);
    if (only_settings) return;
    s.status = StreamStatus::updating;
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
  co_await streams.create(std::move(stream));
}

asio::awaitable<void> Kinesis::begin_deletion(StreamPtr stream) {
  if (options.delete_delay.count() == 0) co_return co_await finish_deletion(stream);
  const Time due = clock.now() + options.delete_delay;
  co_await streams.update(stream, [&](Stream& s) {
    if (s.status == StreamStatus::deleting) return;
    s.status = StreamStatus::deleting;
    s.due = due;
    s.change = Change();
  });
}

asio::awaitable<void> Kinesis::finish_deletion(StreamPtr stream) {
  co_await streams.remove(stream);
  forget_probes(*stream);
  or_throw(co_await log.drop(stream->number));
  co_await streams.dropped(stream->number);
}

// Parents are closed before their children are shown: a writer that meets a closed shard waits for those.
asio::awaitable<void> Kinesis::finish(StreamPtr stream) {
  Stream next = *stream;
  apply(next, stream->change, static_cast<std::uint64_t>(clock.now().time_since_epoch().count() / 1000));
  for (const Shard& shard : stream->shards) {
    const Shard* after = next.find_shard(shard.number);
    if (!shard.closed_s && after->closed_s) or_throw(co_await log.close(stream->log_id(shard)));
  }
  co_await streams.update(stream, [&](Stream& s) {
    if (s.status != StreamStatus::updating && s.status != StreamStatus::creating) return;  // done by another
    // Likewise, and the next change has begun.
    if (s.due != stream->due || s.change.kind != stream->change.kind ||
        s.shards.size() != stream->shards.size())
      return;
    s.shards = next.shards;
    s.status = StreamStatus::active;
    s.change = Change();
  });
}

asio::awaitable<void> Kinesis::finish_due_changes() {
  const Time now = clock.now();
  std::optional<StorageFailure> failure;
  const std::vector<StreamPtr> changing = streams.changing();
  for (const StreamPtr& stream : changing) {
    try {
      if (stream->status != StreamStatus::active && stream->due <= now) {
        if (stream->status == StreamStatus::deleting)
          co_await finish_deletion(stream);
        else
          co_await finish(stream);
      } else if (stream->status == StreamStatus::active) {
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
