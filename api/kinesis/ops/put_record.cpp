// PutRecord: one record onto the open shard whose hash key range holds its key.
// Source: Kinesis API reference, PutRecord; limits: botocore kinesis/2013-12-02.
#include "api/core/cbor.h"
#include "api/kinesis/by_hand.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/put.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

struct PutRecordInput {
  std::optional<std::string> name, arn;
  Blob data;
  std::string key;
  std::optional<std::string> explicit_hash_key, ordering;
  std::optional<bool> dry_run;
  std::optional<std::string_view> encoded, plain;  // see PutEntry, as for the next
  std::string_view plain_key;
};

constexpr auto kInput =
    shape<PutRecordInput>(field("StreamName", &PutRecordInput::name, kStreamName),
                          field("Data", &PutRecordInput::data, required, kData),
                          field("PartitionKey", &PutRecordInput::key, kPartitionKey),
                          field("ExplicitHashKey", &PutRecordInput::explicit_hash_key, kHashKey),
                          field("SequenceNumberForOrdering", &PutRecordInput::ordering, kSequenceNumber),
                          field("StreamARN", &PutRecordInput::arn, kStreamArn), kStreamId,
                          field("DryRun", &PutRecordInput::dry_run));

struct PutRecordOutput {
  std::string shard, sequence_number;
  std::optional<std::string> encryption;
};
constexpr auto kOutput = shape<PutRecordOutput>(field("ShardId", &PutRecordOutput::shard),
                                                field("SequenceNumber", &PutRecordOutput::sequence_number),
                                                field("EncryptionType", &PutRecordOutput::encryption));

// The number promises order after another record; ours are in order anyway, so only nonsense is refused.
void check_ordering(const std::string& number, const Stream& stream, Time now) {
  if (stream.distributes_records()) throw ordering_needs_partition_keys(stream.name, stream.account);
  const auto read = read_sequence_number(number);
  if (!read || read->arrival_s > static_cast<std::uint64_t>(now.time_since_epoch().count() / 1000) + 1)
    throw invalid_ordering_number(number, stream.name, stream.account);
}

asio::awaitable<PutRecordOutput> put_record(Kinesis& k, const Caller& caller, PutRecordInput in) {
  const PutEntry entry{std::move(in.data), std::move(in.key), std::move(in.explicit_hash_key),
                       in.encoded,         in.plain,          in.plain_key};
  StreamPtr stream = writable_stream(k, caller, {in.name, in.arn}, {&entry, 1});
  check_entry(entry, *stream);
  if (in.ordering) check_ordering(*in.ordering, *stream, k.clock.now());
  if (in.dry_run.value_or(false)) {
    static_cast<void>(shard_for(k, *stream, entry));
    k.end_dry_run(*stream);
  }
  const PutResult result = co_await put_one(k, std::move(stream), entry);
  const Shard& shard = *result.shard;
  co_return PutRecordOutput{
      shard.id(), sequence_number(shard.created_s, shard.number, result.at.first, result.at.arrival).text(),
      encryption_of(*result.stream)};
}

std::string encode_output(const PutRecordOutput& out) {
  return R"({"ShardId":")" + out.shard + R"(","SequenceNumber":")" + out.sequence_number +
         (out.encryption ? R"(","EncryptionType":"KMS"})" : R"("})");
}

bool decode_input(std::string& body, PutRecordInput& in) {
  return by_hand::decode_object(body,
                                [&](by_hand::Member& m) {
                                  if (m.name() == "StreamName") return m.stream_name(in.name);
                                  if (m.name() == "StreamARN") return m.stream_arn(in.arn);
                                  if (m.name() == "Data") return m.base64(in.encoded);
                                  if (m.name() == "PartitionKey") return m.partition_key(in.plain_key);
                                  return false;
                                }) &&
         (in.name || in.arn) && in.encoded;
}

bool decode_cbor(std::string& body, PutRecordInput& in) {
  return by_hand::decode_cbor_map(body,
                                  [&](std::string_view name, const by_hand::CborMember& m, CborReader&) {
                                    if (name == "StreamName") return m.stream_name(in.name);
                                    if (name == "StreamARN") return m.stream_arn(in.arn);
                                    if (name == "Data") return m.data(in.plain);
                                    if (name == "PartitionKey") return m.partition_key(in.plain_key);
                                    return false;
                                  }) &&
         (in.name || in.arn) && in.plain;
}

std::string encode_cbor(const PutRecordOutput& out) {
  std::string bytes;
  CborWriter cbor(bytes);
  cbor.begin_map();
  cbor.member("ShardId", out.shard);
  cbor.member("SequenceNumber", out.sequence_number);
  cbor.member("EncryptionType", out.encryption);
  cbor.end();
  return bytes;
}

constexpr FastCodec<PutRecordInput, PutRecordOutput> kFast[]{
    {Protocol::json_1_1, decode_input, encode_output}, {Protocol::cbor_1_1, decode_cbor, encode_cbor}};

}  // namespace

extern const Operation kPutRecord;
const Operation kPutRecord =
    operation("PutRecord", kInput, kOutput, put_record, kFast).writes().on(stream_of);

}  // namespace millrace::kinesis
