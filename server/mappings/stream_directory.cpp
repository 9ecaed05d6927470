#include "server/mappings/stream_directory.h"

#include "api/kinesis/sequence_number.h"

namespace millrace::functions {

std::optional<lambda::SourceStream> StreamDirectory::find(const Principal& reader,
                                                          const std::string& name) const {
  const kinesis::StreamPtr stream = streams_.find(reader.account, reader.region, name);
  if (!stream) return std::nullopt;
  lambda::SourceStream out;
  out.number = stream->number;
  for (const kinesis::Shard& shard : stream->shards) {
    lambda::SourceShard s;
    s.id = stream->log_id(shard);
    s.name = shard.id();
    s.created = Time(std::chrono::seconds(shard.created_s));
    if (shard.parent) s.parents.push_back(*shard.parent);
    if (shard.adjacent_parent) s.parents.push_back(*shard.adjacent_parent);
    s.closed = shard.closed_s.has_value();
    out.shards.push_back(std::move(s));
  }
  for (const kinesis::Consumer& consumer : stream->consumers)
    if (!consumer.gone_from) out.consumers.push_back(stream->arn_of(consumer));
  return out;
}

boost::asio::awaitable<void> StreamDirectory::closed(storage::ShardId shard,
                                                     std::chrono::steady_clock::time_point deadline) const {
  const auto is_closed = [shard](const kinesis::StreamPtr& stream) {
    const kinesis::Shard* listed = stream ? stream->find_shard(shard.shard) : nullptr;
    return !listed || listed->closed_s.has_value();
  };
  (void)co_await streams_.until(shard.stream, deadline, is_closed);
}

std::string StreamDirectory::sequence_number(const lambda::SourceShard& shard, storage::Index index,
                                             Time arrival) const {
  const auto created_s = std::chrono::duration_cast<std::chrono::seconds>(shard.created.time_since_epoch());
  return kinesis::sequence_number(static_cast<std::uint64_t>(created_s.count()), shard.id.shard, index,
                                  arrival)
      .text();
}

storage::Result<std::string> StreamDirectory::open(std::uint64_t stream,
                                                   const storage::Record& record) const {
  const kinesis::StreamPtr found = streams_.find(stream);
  if (!found) return storage::Error{storage::Errc::not_found, "the stream no longer exists"};
  std::string space;
  try {
    return std::string(kinesis::open_record(found->data_keys, stream, record, space));
  } catch (const StorageFailure& e) {
    return storage::Error{e.code(), e.what()};
  }
}

}  // namespace millrace::functions
