// PutRecords: up to 500 records, each onto the open shard whose hash key range holds its key. The shards take
// their records one by one: those of a shard that cannot take them fail alone. Source: Kinesis API reference,
// PutRecords; limits: botocore kinesis/2013-12-02.
#include <boost/unordered/unordered_flat_map.hpp>

#include "api/core/cbor.h"
#include "api/core/json_text.h"
#include "api/kinesis/by_hand.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/put.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

constexpr std::size_t kMaxEntries = 500;

constexpr auto kEntry = shape<PutEntry>(field("Data", &PutEntry::data, required, kData),
                                        field("ExplicitHashKey", &PutEntry::explicit_hash_key, kHashKey),
                                        field("PartitionKey", &PutEntry::key, kPartitionKey));

struct PutRecordsInput {
  std::vector<PutEntry> records;
  std::optional<std::string> name, arn;
  std::optional<bool> dry_run;
};
constexpr auto kInput = shape<PutRecordsInput>(
    field("Records", &PutRecordsInput::records, required, length(1, kMaxEntries), kEntry),
    field("StreamName", &PutRecordsInput::name, kStreamName),
    field("StreamARN", &PutRecordsInput::arn, kStreamArn), kStreamId,
    field("DryRun", &PutRecordsInput::dry_run));

// Where a record landed, or why it did not.
struct PutRecordsResult {
  std::optional<std::string> sequence_number, shard, error, message;
};
constexpr auto kResult = shape<PutRecordsResult>(
    field("SequenceNumber", &PutRecordsResult::sequence_number), field("ShardId", &PutRecordsResult::shard),
    field("ErrorCode", &PutRecordsResult::error), field("ErrorMessage", &PutRecordsResult::message));
// Where those of a request landed that went to the same shard together; without runs: they did not.
struct ShardResult {
  std::string shard;
  std::uint64_t created_s = 0;
  std::uint32_t number = 0;
  storage::Appended at;
};
struct PutRecordsOutput {
  int failed = 0;
  std::vector<PutRecordsResult> records;  // as the shape has them; the encoders by hand read what is below
  std::optional<std::string> encryption;

  static constexpr std::uint32_t kRefused = 0xffffffff, kWaiting = 0xfffffffe;
  std::vector<std::uint32_t> result_of;     // of the records; kRefused: it is in none; kWaiting: not yet
  std::map<std::size_t, ApiError> refused;  // by the record
  std::vector<ShardResult> shard_results;

  void refuse(std::size_t record, ApiError error) {
    result_of[record] = kRefused;
    refused.emplace(record, std::move(error));
  }
};
constexpr auto kOutput = shape<PutRecordsOutput>(field("FailedRecordCount", &PutRecordsOutput::failed),
                                                 field("Records", &PutRecordsOutput::records, kResult),
                                                 field("EncryptionType", &PutRecordsOutput::encryption));

// The open shard of each record. Throws hash_key_out_of_range.
std::vector<const Shard*> shards_for(Kinesis& k, const Stream& stream, const std::vector<PutEntry>& records) {
  std::vector<const Shard*> shards;
  shards.reserve(records.size());
  if (stream.distributes_records()) {
    for (std::size_t turn = k.take_turns(records.size()); shards.size() < records.size(); ++turn)
      shards.push_back(&stream.shard_in_turn(turn));
  } else {
    for (const HashKey key : hash_keys_of(records)) shards.push_back(&stream.shard_for(key));
  }
  return shards;
}

// The records that wait, sorted into a batch a shard.
struct Sorted {
  std::vector<storage::ShardAppend> appends;
  std::vector<const Shard*> shards;  // of the appends
};

// Gives each record that waits the number of the shard result that its append is going to have.
Sorted sort_by_shard(Kinesis& k, const Stream& stream, const std::vector<PutEntry>& records,
                     PutRecordsOutput& results) {
  Sorted out;
  std::vector<std::size_t> sizes;
  boost::unordered_flat_map<const Shard*, std::uint32_t> append_of;  // there may be as many shards as records
  const auto base = static_cast<std::uint32_t>(results.shard_results.size());
  const std::vector<const Shard*> shards = shards_for(k, stream, records);
  const RecordCheck check = record_check(k, stream);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (results.result_of[i] != PutRecordsOutput::kWaiting) continue;
    const Shard* shard = shards[i];
    if (auto error = check ? check(*shard, records[i]) : std::nullopt) {
      results.refuse(i, std::move(*error));
      continue;
    }
    const auto [at, first] = append_of.try_emplace(shard, static_cast<std::uint32_t>(out.shards.size()));
    if (first) {
      out.shards.push_back(shard);
      sizes.push_back(0);
    }
    results.result_of[i] = base + at->second;
    sizes[at->second] += stored_size(records[i], stream);
  }
  out.appends.reserve(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    out.appends.push_back({stream.log_id(*out.shards[i]), storage::RecordBatch(sizes[i])});
  for (std::size_t i = 0; i < records.size(); ++i)
    if (results.result_of[i] >= base && results.result_of[i] < PutRecordsOutput::kWaiting)
      add_to(out.appends[results.result_of[i] - base].batch, records[i], stream);
  return out;
}

struct Amount {
  std::size_t records = 0, bytes = 0;
};

using Answers = std::vector<storage::Result<storage::Appended>>;

bool is_closed(const storage::Result<storage::Appended>& answer) {
  return answer.has_error() && answer.error().code == storage::Errc::closed;
}

// Throws what the request ends with when the log took nothing of it, unless that is because shards were
// closed.
void check_answers(const Stream& stream, const Answers& answers) {
  if (std::any_of(answers.begin(), answers.end(),
                  [](const auto& answer) { return answer.has_value() || is_closed(answer); }))
    return;
  static_cast<void>(landed(stream, answers.front()));
}

// Notes what the log answered for `sorted.shards`, and counts what landed. Records of closed shards wait
// again: true if there are some.
bool note_answers(Kinesis& k, const Stream& stream, const std::vector<PutEntry>& records,
                  const std::vector<const Shard*>& shards, Answers answers, PutRecordsOutput& out,
                  Amount& landed) {
  const auto base = static_cast<std::uint32_t>(out.shard_results.size());
  std::vector<Amount> amounts(answers.size());
  bool wait = false;
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::uint32_t& result = out.result_of[i];
    if (result < base || result >= PutRecordsOutput::kWaiting) continue;
    const std::uint32_t append = result - base;
    if (answers[append].has_value()) {
      ++amounts[append].records;
      amounts[append].bytes += records[i].data_size();
    } else if (is_closed(answers[append])) {
      result = PutRecordsOutput::kWaiting;
      wait = true;
    } else {
      out.refuse(i, internal());
    }
  }
  out.shard_results.reserve(base + answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ShardResult& result = out.shard_results.emplace_back();
    if (answers[i].has_error()) continue;
    const Shard& shard = *shards[i];
    result = {shard.id(), shard.created_s, shard.number, std::move(*answers[i])};
    k.shard_probes.incoming(stream, shard, amounts[i].records, amounts[i].bytes);
    landed.records += amounts[i].records;
    landed.bytes += amounts[i].bytes;
  }
  return wait;
}

asio::awaitable<PutRecordsOutput> put_records(Kinesis& k, const Caller& caller, PutRecordsInput in) {
  StreamPtr stream = writable_stream(k, caller, {in.name, in.arn}, in.records);
  check_entries(in.records, *stream);
  if (in.dry_run.value_or(false)) {
    static_cast<void>(shards_for(k, *stream, in.records));
    k.end_dry_run(*stream);
  }
  PutRecordsOutput out;
  out.result_of.assign(in.records.size(), PutRecordsOutput::kWaiting);
  Amount landed;
  for (;;) {
    Sorted sorted = sort_by_shard(k, *stream, in.records, out);
    if (sorted.appends.empty()) break;
    Answers answers = co_await k.log.append(std::move(sorted.appends));
    if (landed.records == 0) check_answers(*stream, answers);
    if (!note_answers(k, *stream, in.records, sorted.shards, std::move(answers), out, landed)) break;
    try {
      stream = co_await k.streams.changed(stream);
    } catch (const ApiError& error) {
      if (landed.records == 0) throw;
      for (std::size_t i = 0; i < in.records.size(); ++i)
        if (out.result_of[i] == PutRecordsOutput::kWaiting) out.refuse(i, error);
      break;
    }
  }
  out.encryption = encryption_of(*stream);
  out.failed = static_cast<int>(out.refused.size());
  if (landed.records == 0) co_return out;
  const std::shared_ptr<StreamProbes> probes = k.probes_of(*stream);
  probes->incoming_records->add(landed.records);
  probes->incoming_bytes->add(landed.bytes);
  probes->put_records_success->add(1);
  probes->put_records_records->add(landed.records);
  probes->put_records_bytes->add(landed.bytes);
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
  return entry.has_data();
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
    }) && entry.has_data();
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
  std::vector<AppendedNumbers> numbers;
  numbers.reserve(out.shard_results.size());
  for (const ShardResult& result : out.shard_results)
    numbers.emplace_back(result.created_s, result.number, result.at);
  for (std::size_t i = 0; i < out.result_of.size(); ++i) {
    const std::uint32_t result = out.result_of[i];
    if (result == PutRecordsOutput::kRefused) {
      refused(out.refused.at(i));
      continue;
    }
    char number[SequenceNumbers::kDigits];
    numbers[result].write_next(number);
    landed(std::string_view(out.shard_results[result].shard), std::string_view(number, sizeof number));
  }
}

std::string encode_output(const PutRecordsOutput& out) {
  std::string json = R"({"FailedRecordCount":)" + std::to_string(out.failed) + R"(,"Records":[)";
  json.reserve(json.size() + out.result_of.size() * 128);
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
  bytes.reserve(64 + out.result_of.size() * 128);
  CborWriter cbor(bytes);
  cbor.begin_map();
  cbor.text("FailedRecordCount");
  cbor.integer(out.failed);
  cbor.text("Records");
  cbor.list_of(out.result_of.size());
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

constexpr FastCodec<PutRecordsInput, PutRecordsOutput> kFast[]{
    {Protocol::json_1_1, decode_input, encode_output}, {Protocol::cbor_1_1, decode_cbor, encode_cbor}};

}  // namespace

extern const Operation kPutRecords;
const Operation kPutRecords =
    operation("PutRecords", kInput, kOutput, put_records, kFast).writes().on(stream_of);

}  // namespace millrace::kinesis
