// GetRecords: records from an iterator's position on, up to 10,000 and 10 MiB.
// Source: Kinesis API reference, GetRecords.
#include "api/kinesis/errors.h"
#include "api/kinesis/iterator.h"
#include "api/kinesis/records_cbor.h"
#include "api/kinesis/records_json.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct GetRecordsInput {
  std::string iterator;
  std::optional<int> limit;
  std::optional<std::string> arn;
  std::optional<bool> dry_run;
};
constexpr auto kInput =
    shape<GetRecordsInput>(field("ShardIterator", &GetRecordsInput::iterator, required, length(1, 512)),
                           field("Limit", &GetRecordsInput::limit, range(1, 10000)),
                           field("StreamARN", &GetRecordsInput::arn, kStreamArn), kStreamId,
                           field("DryRun", &GetRecordsInput::dry_run));

struct RecordOutput {
  std::string number;
  Time arrival;
  Blob data;
  std::optional<std::string> key, encryption;
};
constexpr auto kRecord = shape<RecordOutput>(
    field("SequenceNumber", &RecordOutput::number),
    field("ApproximateArrivalTimestamp", &RecordOutput::arrival), field("Data", &RecordOutput::data),
    field("PartitionKey", &RecordOutput::key), field("EncryptionType", &RecordOutput::encryption));

struct GetRecordsOutput {
  std::vector<RecordOutput> records;  // as the shape has them; the encoder by hand reads `read` instead
  std::optional<std::string> next;
  std::int64_t behind_ms = 0;
  std::optional<std::vector<ChildShard>> children;
  std::optional<storage::Records> read;
  StreamPtr stream;
  std::uint64_t shard_created_s = 0;
  std::uint32_t shard = 0;
  MemoryHold held;  // for records and answer
  storage::Losses* losses = nullptr;
};
constexpr auto kOutput =
    shape<GetRecordsOutput>(field("Records", &GetRecordsOutput::records, kRecord),
                            field("NextShardIterator", &GetRecordsOutput::next),
                            field("MillisBehindLatest", &GetRecordsOutput::behind_ms),
                            field("ChildShards", &GetRecordsOutput::children, kChildShard));

struct Place {
  ShardIterator iterator;
  StreamPtr stream;
  const Shard* shard;
};

// What an iterator points at, if it is the caller's.
Place place_of(Kinesis& k, const Caller& caller, const GetRecordsInput& in, Time now) {
  const auto it = open_iterator(k.streams.seal(), in.iterator);
  if (!it) throw invalid_iterator();
  if (now - it->created > kIteratorLife) throw expired_iterator(it->created, now);
  const StreamPtr stream = k.streams.find(it->shard.stream);
  if (!stream && it->account == caller.account)
    throw shard_not_found(shard_id(it->shard.shard), it->stream_name, it->account);
  if (!stream || stream->region != caller.region) throw invalid_iterator();
  if (in.arn && *in.arn != stream->arn()) throw invalid_iterator();
  if (!stream->policy.empty()) {
    static_cast<void>(k.streams.get(caller, StreamReference{std::nullopt, stream->arn()}));  // authorizes
  } else if (stream->account != caller.account) {
    throw invalid_iterator();
  }
  if (const Shard* shard = stream->find_shard(it->shard.shard)) return {*it, stream, shard};
  throw shard_not_found(shard_id(it->shard.shard), stream->name, stream->account);
}

// The records, and their base64 in the answer.
constexpr std::uint64_t answer_memory(std::uint64_t data) { return data / 5 * 12; }
constexpr std::uint64_t data_in(std::uint64_t memory) { return memory / 12 * 5; }

// What may be read at most: by the limit, by the memory that an answer can have, and by the retention.
storage::ReadLimit limit_of(const Request& request, const GetRecordsInput& in, Time horizon) {
  const auto limit = static_cast<std::uint32_t>(in.limit.value_or(10000));
  std::uint64_t bytes = kMaxReadBytes;
  if (request.http.memory) bytes = std::min(bytes, data_in(request.http.memory->most()));
  return {limit, bytes, horizon};
}

// What that may be of what is there.
asio::awaitable<std::uint64_t> bytes_to_read(Kinesis& k, const Place& place,
                                             const storage::ReadLimit& limit) {
  const std::uint64_t end = or_throw(co_await k.log.bounds(place.iterator.shard)).next.value;
  const std::uint64_t from = place.iterator.position.value;
  const std::uint64_t records = std::min<std::uint64_t>(end > from ? end - from : 0, limit.records);
  const auto largest = static_cast<std::uint64_t>(place.stream->max_record_kib) << 10;
  co_return std::min<std::uint64_t>(records * largest, limit.bytes);
}

asio::awaitable<GetRecordsOutput> get_records(Kinesis& k, Request& request, GetRecordsInput in) {
  const Caller& caller = request.caller;
  const Time now = k.clock.now();
  const Place place = place_of(k, caller, in, now);
  if (in.dry_run.value_or(false)) k.end_dry_run(*place.stream);
  k.admit_read(*place.stream, *place.shard);
  GetRecordsOutput out;
  const storage::ReadLimit read_limit = limit_of(request, in, place.stream->horizon(now));
  request.inflated = MemoryHold();  // a request waits for no more while it holds some
  const std::uint64_t most = co_await bytes_to_read(k, place, read_limit);
  out.held = co_await reserve_answer(request.http.memory, answer_memory(most));
  out.read = or_throw(co_await k.log.read(place.iterator.shard, place.iterator.position, read_limit));
  const storage::Records& read = *out.read;
  out.stream = read.sealed() > 0 ? k.streams.latest(*place.stream) : place.stream;
  k.was_read(*place.stream, *place.shard, bytes_put(read));
  const bool at_end = read.next() == read.end();
  if (!at_end) out.behind_ms = behind_ms(read, now);
  if (!at_end || !place.shard->closed_s)
    out.next = seal_iterator(k.streams.seal(), *place.stream, *place.shard, read.next(), now);
  else
    out.children = describe_children(*place.stream, *place.shard);
  out.shard_created_s = place.shard->created_s;
  out.shard = place.shard->number;
  out.losses = &k.losses;

  const std::shared_ptr<StreamProbes> probes = k.probes_of(*place.stream);
  probes->get_records_success->add(1);
  probes->get_records_records->add(read.size());
  probes->get_records_bytes->add(bytes_put(read));
  probes->get_records_age->set(static_cast<double>(out.behind_ms) / 1000);
  k.shard_probes.outgoing(*place.stream, *place.shard, read.size(), bytes_put(read));
  k.shard_probes.behind(*place.stream, *place.shard, out.behind_ms);
  co_return out;
}

std::string encode_output(const GetRecordsOutput& out) {
  const storage::Records& read = *out.read;
  std::string json = R"({"Records":)";
  json.reserve(512 + json_size_of(read));
  append_records(json, read, *out.stream, out.shard_created_s, out.shard, *out.losses);
  if (out.next) json += R"(,"NextShardIterator":")" + *out.next + '"';
  json += R"(,"MillisBehindLatest":)" + std::to_string(out.behind_ms);
  if (out.children) append_children(json, *out.children);
  json += '}';
  return json;
}

std::string encode_cbor(const GetRecordsOutput& out) {
  std::string bytes;
  bytes.reserve(512 + cbor_size_of(*out.read));
  CborWriter cbor(bytes);
  cbor.begin_map();
  cbor.text("Records");
  append_records(cbor, *out.read, *out.stream, out.shard_created_s, out.shard, *out.losses);
  cbor.member("NextShardIterator", out.next);
  cbor.text("MillisBehindLatest");
  cbor.integer(out.behind_ms);
  if (out.children) append_children(cbor, *out.children);
  cbor.end();
  return bytes;
}

constexpr FastCodec<GetRecordsInput, GetRecordsOutput> kFast[]{{Protocol::json_1_1, nullptr, encode_output},
                                                               {Protocol::cbor_1_1, nullptr, encode_cbor}};

}  // namespace

extern const Operation kGetRecords;
const Operation kGetRecords =
    operation("GetRecords", kInput, kOutput, get_records, kFast).reads().on(iterated_of);

}  // namespace millrace::kinesis
