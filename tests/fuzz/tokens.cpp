// The texts that clients carry for the server, and those that name things: iterators, sequence numbers, shard
// ids, hash keys, ARNs.
#include "api/kinesis/iterator.h"
#include "api/kinesis/model.h"
#include "api/kinesis/sequence_number.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace millrace;
  using namespace millrace::kinesis;
  static const Seal seal(Seal::Key{1, 2, 3});
  const std::string_view text = fuzz::view(data, size);

  if (const auto at = open_iterator(seal, text)) {
    Stream stream;
    stream.number = at->shard.stream;
    stream.account = at->account;
    stream.name = at->stream_name;
    Shard shard;
    shard.number = at->shard.shard;
    const std::string sealed = seal_iterator(seal, stream, shard, at->position, at->created);
    fuzz::expect(open_iterator(seal, sealed).has_value(), "what was sealed opens");
  }
  fuzz::expect(!seal.open("another purpose", "", text), "nobody else's seal opens");
  if (const auto number = parse_sequence_number(text))
    fuzz::expect(number->text() == text, "a sequence number is written as it was read");
  if (const auto number = read_sequence_number(text))
    fuzz::expect(number->shard_id().starts_with("shardId-"), "a number that is read names its shard");
  if (const auto key = parse_hash_key(text))
    fuzz::expect(parse_hash_key(to_string(*key)) == key, "a hash key is read as it is written");
  if (const auto shard = parse_shard_id(text))
    fuzz::expect(parse_shard_id(shard_id(*shard)) == shard, "a shard id is read as it is written");
  if (const auto arn = parse_stream_arn(text))
    fuzz::expect(text.find(arn->name) != std::string_view::npos, "an ARN holds its name");
  return 0;
}
