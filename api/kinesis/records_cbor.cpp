#include "api/kinesis/records_cbor.h"

#include "api/kinesis/sequence_number.h"

namespace millrace::kinesis {

namespace {

constexpr std::size_t kBytesAroundRecord = 160;  // names, heads, sequence number and arrival

}  // namespace

std::size_t cbor_size_of(const storage::Records& read) {
  return read.bytes() + read.size() * kBytesAroundRecord;
}

void append_records(CborWriter& out, const storage::Records& read, const Stream& stream,
                    std::uint64_t shard_created_s, std::uint32_t shard) {
  out.list_of(read.size());
  // Records of one commit share their arrival, and their numbers follow one another.
  std::optional<SequenceNumbers> numbers;
  Time arrival{};
  std::string opened;
  read.for_each([&](const storage::Record& r) {
    if (!numbers || r.arrival != arrival) {
      arrival = r.arrival;
      numbers.emplace(sequence_number(shard_created_s, shard, r.index, r.arrival));
    }
    char number[SequenceNumbers::kDigits];
    numbers->write_next(number);
    out.begin_map();
    out.member("SequenceNumber", std::string_view(number, sizeof number));
    out.text("ApproximateArrivalTimestamp");
    out.time(arrival);
    out.text("Data");
    out.bytes(open_record(stream.data_keys, stream.number, r, opened));
    out.member("PartitionKey", r.key);
    if (r.sealed == storage::Sealed::yes) out.member("EncryptionType", std::string_view("KMS"));
    out.end();
  });
}

void append_children(CborWriter& out, const std::vector<ChildShard>& children) {
  out.text("ChildShards");
  out.list_of(children.size());
  for (const ChildShard& child : children) out.item(to_cbor(encode(child, kChildShard), kChildShard.fields));
}

}  // namespace millrace::kinesis
