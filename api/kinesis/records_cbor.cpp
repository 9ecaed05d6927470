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
                    std::uint64_t shard_created_s, std::uint32_t shard, storage::Losses& losses) {
  // Of sealed records it is not known before how many can be opened.
  std::string text;
  CborWriter aside(text);
  CborWriter& to = read.sealed() > 0 ? aside : out;
  if (read.sealed() == 0) out.list_of(read.size());
  std::size_t written = 0;
  ReadNumbers numbers(shard_created_s, shard);
  std::string opened;
  read.for_each([&](const storage::Record& r) {
    char number[SequenceNumbers::kDigits];
    numbers.write(r.index, r.arrival, number);
    const auto data = open_or_note(stream.data_keys, {stream.number, shard}, r, opened, losses);
    if (!data) return;
    ++written;
    to.begin_map();
    to.member("SequenceNumber", std::string_view(number, sizeof number));
    to.text("ApproximateArrivalTimestamp");
    to.time(r.arrival);
    to.text("Data");
    to.bytes(*data);
    if (!r.key.empty()) to.member("PartitionKey", r.key);  // it may be put without one
    if (r.sealed == storage::Sealed::yes) to.member("EncryptionType", std::string_view("KMS"));
    to.end();
  });
  if (read.sealed() == 0) return;
  out.list_of(written);
  out.item(text);
}

void append_children(CborWriter& out, const std::vector<ChildShard>& children) {
  out.text("ChildShards");
  out.list_of(children.size());
  for (const ChildShard& child : children) out.item(to_cbor(encode(child, kChildShard), kChildShard.fields));
}

}  // namespace millrace::kinesis
