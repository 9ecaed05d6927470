// PutRecord: one record onto the open shard whose hash key range holds its key.
// Source: Kinesis API reference, PutRecord; limits: botocore kinesis/2013-12-02.
#include "api/core/cbor.h"
#include "api/kinesis/by_hand.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/put.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

struct PutRecordInput {
  std::optional<std::string> name, arn;
  Blob data;
  std::string key;
  std::optional<std::string> explicit_hash_key, ordering;
  std::optional<std::string_view> encoded, plain;  // see PutEntry, as for the next
  std::string_view plain_key;
};

constexpr auto kInput =
    shape<PutRecordInput>(field("StreamName", &PutRecordInput::name, kStreamName),
                          field("Data", &PutRecordInput::data, required, kData),
                          field("PartitionKey", &PutRecordInput::key, required, kPartitionKey),
                          field("ExplicitHashKey", &PutRecordInput::explicit_hash_key, kHashKey),
                          field("SequenceNumberForOrdering", &PutRecordInput::ordering, kSequenceNumber),
                          field("StreamARN", &PutRecordInput::arn, kStreamArn));

struct PutRecordOutput {
  std::string shard, sequence_number;
  std::optional<std::string> encryption;
};
constexpr auto kOutput = shape<PutRecordOutput>(field("ShardId", &PutRecordOutput::shard),
                                                field("SequenceNumber", &PutRecordOutput::sequence_number),
                                                field("EncryptionType", &PutRecordOutput::encryption));

// The number promises order after another record; ours are in order anyway, so only nonsense is refused.
void check_ordering(const std::string& number, const Stream& stream, Time now) {
  const auto parsed = parse_sequence_number(number);
  if (!parsed || parsed->arrival_s > static_cast<std::uint64_t>(now.time_since_epoch().count() / 1000) + 1)
    throw invalid_ordering_number(number, stream.name, stream.account);
}

asio::awaitable<PutRecordOutput> put_record(Kinesis& k, const Caller& caller, PutRecordInput in) {
  const PutEntry entry{std::move(in.data), std::move(in.key), std::move(in.explicit_hash_key),
                       in.encoded,         in.plain,          in.plain_key};
  StreamPtr stream = writable_stream(k, caller, {in.name, in.arn}, {&entry, 1});
  check_size(entry, *stream, "data");
  if (in.ordering) check_ordering(*in.ordering, *stream, k.clock.now());
  const Landing landing = co_await put_one(k, std::move(stream), entry);
  const Shard& shard = *landing.shard;
  co_return PutRecordOutput{
      shard.id(), sequence_number(shard.created_s, shard.number, landing.at.first, landing.at.arrival).text(),
      encryption_of(*landing.stream)};
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
         (in.name || in.arn) && in.encoded && !in.plain_key.empty();
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
         (in.name || in.arn) && in.plain && !in.plain_key.empty();
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

constexpr ByHand<PutRecordInput, PutRecordOutput> kByHand{
    .decode = decode_input, .encode = encode_output, .decode_cbor = decode_cbor, .encode_cbor = encode_cbor};

}  // namespace

extern const Operation kPutRecord;
const Operation kPutRecord = operation("PutRecord", kInput, kOutput, put_record, &kByHand);

}  // namespace millrace::kinesis
