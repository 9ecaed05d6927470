// What lets a request through to its operation, or not: faults that tests order, and AWS's limits.
#include "api/kinesis/errors.h"
#include "api/kinesis/iterator.h"
#include "api/kinesis/put.h"

namespace millrace::kinesis {

static_assert(Admitting<Kinesis>);

namespace {

// The stream that a request names in one of AWS's ways; empty when it names none.
std::string stream_named(const Kinesis& k, const TextMembers& members) {
  if (const auto name = members("StreamName")) return std::string(*name);
  for (const char* member : {"StreamARN", "ResourceARN", "ConsumerARN"})
    if (const auto arn = members(member))
      if (const auto parsed = parse_stream_arn(*arn)) return parsed->name;
  if (const auto text = members("ShardIterator"))
    if (const auto iterator = open_iterator(k.streams.seal(), *text))
      if (const StreamPtr stream = k.streams.find(iterator->shard.stream)) return stream->name;
  return {};
}

// Why a record of that size must not be put now, counted; nullopt: it may.
std::optional<ApiError> put_refusal(Kinesis& k, const Stream& stream, const Shard& shard, std::size_t bytes) {
  if (!k.limits.on() || k.limits.take_put(stream, shard, bytes)) return std::nullopt;
  k.probes_of(stream)->writes_throttled->add();
  k.shard_probes.write_throttled(stream, shard);
  return shard_rate_exceeded(shard.id(), stream.name, stream.account);
}

}  // namespace

asio::awaitable<void> Kinesis::admit(const Operation& op, const Caller& caller, const TextMembers& members) {
  const std::string stream = stream_named(*this, members);
  if (faults.any()) {
    const Faults::Strike strike = faults.strike_request(op.name, stream);
    if (strike.delay.count() > 0) co_await faults.wait(strike.delay);
    if (strike.error) throw ApiError(*strike.error);
  }
  if (!limits.on()) co_return;
  const bool exists = !stream.empty() && streams.find(caller.account, caller.region, stream) != nullptr;
  if (!limits.take_operation(op.name, caller, stream, exists))
    throw operation_rate_exceeded(stream, caller.account);
}

void Kinesis::admit_put(const Stream& stream, const Shard& shard, std::size_t bytes) {
  if (auto refusal = put_refusal(*this, stream, shard, bytes)) throw std::move(*refusal);
}

void Kinesis::admit_read(const Stream& stream, const Shard& shard) {
  if (!limits.on() || limits.take_read(stream, shard)) return;
  probes_of(stream)->reads_throttled->add();
  shard_probes.read_throttled(stream, shard);
  throw shard_rate_exceeded(shard.id(), stream.name, stream.account);
}

void Kinesis::admit_iterator(const Stream& stream, const Shard& shard) {
  if (!limits.on() || limits.take_iterator(stream, shard)) return;
  throw shard_rate_exceeded(shard.id(), stream.name, stream.account);
}

void Kinesis::end_dry_run(const Stream& stream) {
  if (limits.on() && !limits.take_dry_run(stream)) throw dry_run_rate_exceeded(stream.name, stream.account);
  throw dry_run_succeeded();
}

void Kinesis::was_read(const Stream& stream, const Shard& shard, std::uint64_t bytes) {
  if (limits.on()) limits.was_read(stream, shard, bytes);
}

RecordCheck record_check(Kinesis& k, const Stream& stream) {
  if (!k.admits()) return {};
  return [&](const Shard& shard, const PutEntry& entry) -> std::optional<ApiError> {
    if (k.faults.any())
      if (auto error = k.faults.strike_record(stream.name)) return error;
    return put_refusal(k, stream, shard, entry.data_size() + entry.partition_key().size());
  };
}

}  // namespace millrace::kinesis
