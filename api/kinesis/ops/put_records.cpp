// PutRecords: up to 500 records, each onto the open shard whose hash key range holds its key; all in one
// commit. Source: Kinesis API reference, PutRecords; limits: botocore kinesis/2013-12-02.
#include <boost/unordered/unordered_flat_map.hpp>
#include <numeric>

#include "api/core/cbor.h"
#include "api/core/json_text.h"
#include "api/kinesis/by_hand.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/put.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

constexpr std::size_t kMaxEntries = 500;

constexpr auto kEntry = shape<PutEntry>(field("Data", &PutEntry::data, required, kData),
                                        field("ExplicitHashKey", &PutEntry::explicit_hash_key, kHashKey),
                                        field("PartitionKey", &PutEntry::key, required, kPartitionKey));

struct PutRecordsInput {
  std::vector<PutEntry> records;
  std::optional<std::string> name, arn;
};
constexpr auto kInput = shape<PutRecordsInput>(
    field("Records", &PutRecordsInput::records, required, length(1, kMaxEntries), kEntry),
    field("StreamName", &PutRecordsInput::name, kStreamName),
    field("StreamARN", &PutRecordsInput::arn, kStreamArn));

// Where a record landed, or why it did not.
struct PutRecordsResult {
  std::optional<std::string> sequence_number, shard, error, message;
};
constexpr auto kResult = shape<PutRecordsResult>(
    field("SequenceNumber", &PutRecordsResult::sequence_number), field("ShardId", &PutRecordsResult::shard),
    field("ErrorCode", &PutRecordsResult::error), field("ErrorMessage", &PutRecordsResult::message));
// Those of a request that landed on the same shard.
struct Landing {
  std::string shard;
  SequenceNumbers numbers;
};
struct PutRecordsOutput {
  int failed = 0;
  std::vector<PutRecordsResult> records;  // as the shape has them; the encoders by hand read what is below
  std::optional<std::string> encryption;

  static constexpr std::uint32_t kRefused = 0xffffffff;
  std::vector<std::uint32_t> landing_of;    // of the records; kRefused: it is in none
  std::map<std::size_t, ApiError> refused;  // by the record
  std::vector<Landing> landings;
};
constexpr auto kOutput = shape<PutRecordsOutput>(field("FailedRecordCount", &PutRecordsOutput::failed),
                                                 field("Records", &PutRecordsOutput::records, kResult),
                                                 field("EncryptionType", &PutRecordsOutput::encryption));

void check_sizes(const PutRecordsInput& in, const Stream& stream) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < in.records.size(); ++i) {
    check_size(in.records[i], stream, "records." + std::to_string(i + 1) + ".member.data");
    total += in.records[i].data_size() + in.records[i].partition_key().size();
  }
  if (total > kMaxRequestBytes) throw request_too_large();
}

// The records sorted into a batch a shard.
struct Sorted {
  std::vector<storage::ShardAppend> appends;
  std::vector<const Shard*> shards;      // of the appends
  std::vector<std::uint32_t> append_of;  // of the records, as PutRecordsOutput's landings
  std::map<std::size_t, ApiError> refused;
};

Sorted sort_by_shard(const Stream& stream, const std::vector<PutEntry>& records, const RecordCheck& check) {
  Sorted out;
  std::vector<std::size_t> sizes;
  boost::unordered_flat_map<const Shard*, std::uint32_t> append_of;  // there may be as many shards as records
  out.append_of.reserve(records.size());
  const std::vector<HashKey> keys = hash_keys_of(records);
  for (const PutEntry& entry : records) {
    const Shard* shard = &stream.shard_for(keys[out.append_of.size()]);
    if (auto error = check ? check(*shard, entry) : std::nullopt) {
      out.refused.emplace(out.append_of.size(), std::move(*error));
      out.append_of.push_back(PutRecordsOutput::kRefused);
      continue;
    }
    const auto [at, first] = append_of.try_emplace(shard, static_cast<std::uint32_t>(out.shards.size()));
    if (first) {
      out.shards.push_back(shard);
      sizes.push_back(0);
    }
    out.append_of.push_back(at->second);
    sizes[at->second] += stored_size(entry, stream);
  }
  out.appends.reserve(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    out.appends.push_back({stream.log_id(*out.shards[i]), storage::RecordBatch(sizes[i])});
  for (std::size_t i = 0; i < records.size(); ++i)
    if (out.append_of[i] != PutRecordsOutput::kRefused)
      add_to(out.appends[out.append_of[i]].batch, records[i], stream);
  return out;
}

asio::awaitable<PutRecordsOutput> put_records(Kinesis& k, const Caller& caller, PutRecordsInput in) {
  StreamPtr stream = writable_stream(k, caller, {in.name, in.arn}, in.records);
  check_sizes(in, *stream);
  Sorted sorted;
  std::optional<std::vector<storage::Appended>> landing;
  while (!landing) {
    sorted = sort_by_shard(*stream, in.records, record_check(k, *stream));
    if (sorted.appends.empty()) {
      landing.emplace();
    } else {
      landing = landed(*stream, co_await k.log.append(std::move(sorted.appends)));
    }
    if (!landing) stream = co_await k.streams.changed(stream);
  }
  const std::vector<storage::Appended>& at = *landing;

  PutRecordsOutput out;
  out.encryption = encryption_of(*stream);
  out.failed = static_cast<int>(sorted.refused.size());
  std::vector<std::size_t> records_of(at.size()), bytes_of(at.size());
  for (std::size_t i = 0; i < in.records.size(); ++i) {
    if (sorted.append_of[i] == PutRecordsOutput::kRefused) continue;
    ++records_of[sorted.append_of[i]];
    bytes_of[sorted.append_of[i]] += in.records[i].data_size();
  }
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Shard& shard = *sorted.shards[i];
    out.landings.push_back({shard.id(), SequenceNumbers(sequence_number(shard.created_s, shard.number,
                                                                        at[i].first, at[i].arrival))});
  }
  out.landing_of = std::move(sorted.append_of);
  out.refused = std::move(sorted.refused);
  if (at.empty()) co_return out;
  const std::size_t taken = in.records.size() - out.refused.size();
  const std::size_t bytes = std::accumulate(bytes_of.begin(), bytes_of.end(), std::size_t{0});
  const std::shared_ptr<StreamProbes> probes = k.probes_of(*stream);
  probes->incoming_records->add(taken);
  probes->incoming_bytes->add(bytes);
  probes->put_records_success->add(1);
  probes->put_records_records->add(taken);
  probes->put_records_bytes->add(bytes);
  for (std::size_t i = 0; i < at.size(); ++i)
    k.shard_probes.incoming(*stream, *sorted.shards[i], records_of[i], bytes_of[i]);
  co_return out;
}

bool decode_entry(simdjson::ondemand::object object, PutEntry& entry) {
  for (auto result : object) {
    simdjson::ondemand::field f;
    if (std::move(result).get(f)) return false;
    by_hand::Member m(f);
    const bool ok = m.name() == "Data"           ? m.base64(entry.encoded)
                    : m.name() == "PartitionKey" ? m.partition_key(entry.plain_key)
                                                 : false;
    if (!ok) return false;
  }
  return entry.has_all();
}

bool decode_records(simdjson::ondemand::value value, std::vector<PutEntry>& records) {
  simdjson::ondemand::array array;
  if (value.get_array().get(array) || !records.empty()) return false;
  records.reserve(kMaxEntries);
  for (auto element : array) {
    simdjson::ondemand::object object;
    if (std::move(element).get_object().get(object) || records.size() == kMaxEntries) return false;
    if (!decode_entry(object, records.emplace_back())) return false;
  }
  return !records.empty();
}

bool decode_input(std::string& body, PutRecordsInput& in) {
  return by_hand::decode_object(body,
                                [&](by_hand::Member& m) {
                                  if (m.name() == "StreamName") return m.stream_name(in.name);
                                  if (m.name() == "StreamARN") return m.stream_arn(in.arn);
                                  if (m.name() == "Records") return decode_records(m.value(), in.records);
                                  return false;
                                }) &&
         (in.name || in.arn) && !in.records.empty();
}

bool decode_cbor_records(CborReader& reader, const by_hand::CborMember& list,
                         std::vector<PutEntry>& records) {
  if (!records.empty()) return false;
  records.reserve(kMaxEntries);
  const auto decode_entry = [&](const CborReader::Item& map) {
    if (records.size() == kMaxEntries) return false;
    PutEntry& entry = records.emplace_back();
    return reader.members(map, [&](std::string_view name) {
      const by_hand::CborMember m(reader);
      return name == "Data"           ? m.data(entry.plain)
             : name == "PartitionKey" ? m.partition_key(entry.plain_key)
                                      : false;
    }) && entry.has_all();
  };
  return list.list(decode_entry) && !records.empty();
}

bool decode_cbor(std::string& body, PutRecordsInput& in) {
  return by_hand::decode_cbor_map(
             body,
             [&](std::string_view name, const by_hand::CborMember& m, CborReader& reader) {
               if (name == "StreamName") return m.stream_name(in.name);
               if (name == "StreamARN") return m.stream_arn(in.arn);
               if (name == "Records") return decode_cbor_records(reader, m, in.records);
               return false;
             }) &&
         (in.name || in.arn) && !in.records.empty();
}

// Calls `landed(shard, number)` or `refused(error)` for each record, in order.
template <class Landed, class Refused>
void for_each_result(const PutRecordsOutput& out, Landed&& landed, Refused&& refused) {
  std::vector<Landing> landings = out.landings;
  for (std::size_t i = 0; i < out.landing_of.size(); ++i) {
    if (out.landing_of[i] == PutRecordsOutput::kRefused) {
      refused(out.refused.at(i));
      continue;
    }
    Landing& landing = landings[out.landing_of[i]];
    char number[SequenceNumbers::kDigits];
    landing.numbers.write_next(number);
    landed(std::string_view(landing.shard), std::string_view(number, sizeof number));
  }
}

std::string encode_output(const PutRecordsOutput& out) {
  std::string json = R"({"FailedRecordCount":)" + std::to_string(out.failed) + R"(,"Records":[)";
  json.reserve(json.size() + out.landing_of.size() * 128);
  for_each_result(
      out,
      [&](std::string_view shard, std::string_view number) {
        json += R"({"SequenceNumber":")";
        json += number;
        json += R"(","ShardId":")";
        json += shard;
        json += "\"},";
      },
      [&](const ApiError& error) {
        json += R"({"ErrorCode":")" + error.code() + R"(","ErrorMessage":")";
        append_json_escaped(json, error.message());
        json += "\"},";
      });
  json.back() = ']';
  json += out.encryption ? R"(,"EncryptionType":"KMS"})" : "}";
  return json;
}

std::string encode_cbor(const PutRecordsOutput& out) {
  std::string bytes;
  bytes.reserve(64 + out.landing_of.size() * 128);
  CborWriter cbor(bytes);
  cbor.begin_map();
  cbor.text("FailedRecordCount");
  cbor.integer(out.failed);
  cbor.text("Records");
  cbor.list_of(out.landing_of.size());
  for_each_result(
      out,
      [&](std::string_view shard, std::string_view number) {
        cbor.begin_map();
        cbor.member("SequenceNumber", number);
        cbor.member("ShardId", shard);
        cbor.end();
      },
      [&](const ApiError& error) {
        cbor.begin_map();
        cbor.member("ErrorCode", std::string_view(error.code()));
        cbor.member("ErrorMessage", std::string_view(error.message()));
        cbor.end();
      });
  cbor.member("EncryptionType", out.encryption);
  cbor.end();
  return bytes;
}

constexpr ByHand<PutRecordsInput, PutRecordsOutput> kByHand{
    .decode = decode_input, .encode = encode_output, .decode_cbor = decode_cbor, .encode_cbor = encode_cbor};

}  // namespace

extern const Operation kPutRecords;
const Operation kPutRecords = operation("PutRecords", kInput, kOutput, put_records, &kByHand);

}  // namespace millrace::kinesis
