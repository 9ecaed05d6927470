#include "api/kinesis/records_json.h"

#include <optional>

#include "api/core/base64.h"
#include "api/core/json_text.h"
#include "api/core/uninitialized.h"
#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

std::size_t json_size_of(const storage::Records& read) {
  return 2 + read.bytes() / 3 * 4 + read.size() * 176;
}

void append_records(std::string& json, const storage::Records& read, const Stream& stream,
                    std::uint64_t shard_created_s, std::uint32_t shard, storage::Losses& losses) {
  json += '[';
  ReadNumbers numbers(shard_created_s, shard);
  std::optional<Time> arrival;
  std::string arrival_text, opened;
  read.for_each([&](const storage::Record& r) {
    if (r.arrival != arrival) {
      arrival = r.arrival;
      arrival_text = json_seconds(r.arrival);
    }
    char number[SequenceNumbers::kDigits];
    numbers.write(r.index, r.arrival, number);
    const auto data = open_or_note(stream.data_keys, {stream.number, shard}, r, opened, losses);
    if (!data) return;
    json += R"({"SequenceNumber":")";
    json.append(number, sizeof number);
    json += R"(","ApproximateArrivalTimestamp":)";
    json += arrival_text;
    json += R"(,"Data":")";
    const std::size_t at = json.size();
    resize_uninitialized(json, at + base64_encoded_size(data->size()));
    base64_encode(*data, json.data() + at);
    if (!r.key.empty()) {  // it may be put without one
      json += R"(","PartitionKey":")";
      append_json_escaped(json, r.key);
    }
    json += r.sealed == storage::Sealed::yes ? R"(","EncryptionType":"KMS"},)" : "\"},";
  });
  if (json.back() == ',')
    json.back() = ']';
  else
    json += ']';
}

void append_children(std::string& json, const std::vector<ChildShard>& children) {
  OrderedJson list = OrderedJson::array();
  for (const ChildShard& child : children) list.push_back(encode(child, kChildShard));
  json += R"(,"ChildShards":)" + list.dump();
}

}  // namespace millrace::kinesis
