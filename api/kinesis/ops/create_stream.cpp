// CreateStream: a stream of evenly split shards.
// Source: Kinesis API reference, CreateStream.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"
#include "api/kinesis/warm_throughput.h"

namespace millrace::kinesis {

namespace {

struct CreateStreamInput {
  std::string name;
  std::optional<int> shards;
  std::optional<StreamModeDetails> mode;
  Tags tags;
  std::optional<int> warm_throughput, max_record_size;
  std::optional<std::string> distribution;
};

constexpr auto kInput = shape<CreateStreamInput>(
    field("StreamName", &CreateStreamInput::name, required, kStreamName),
    field("ShardCount", &CreateStreamInput::shards, range(1, 2147483647)),
    field("StreamModeDetails", &CreateStreamInput::mode, kStreamModeDetails),
    field("Tags", &CreateStreamInput::tags, kTagCount, keys(kTagKey), each(kTagValue)),
    field("WarmThroughputMiBps", &CreateStreamInput::warm_throughput, range(0, 2147483647)),
    field("MaxRecordSizeInKiB", &CreateStreamInput::max_record_size, range(1024, 10240)),
    field("RecordDistributionStrategy", &CreateStreamInput::distribution, kDistributionStrategy));

asio::awaitable<Nothing> create_stream(Kinesis& k, const Caller& caller, CreateStreamInput in) {
  const bool on_demand = in.mode && in.mode->mode == "ON_DEMAND";
  if (on_demand && in.shards)
    throw not_supported("ShardCount must not be specified for streams in ON_DEMAND mode.");
  // Without a mode and a count, AWS makes as many shards as an on-demand stream begins with (LocalStack's
  // recording test_create_stream_without_shard_count).
  if (!on_demand && !in.shards && in.mode) throw shard_count_missing();
  if (!on_demand && in.distribution == "AUTO") throw distribution_needs_on_demand(in.name, caller.account);
  check_tags(in.tags);
  if (in.warm_throughput && !on_demand) throw only_on_demand(in.name, caller.account);
  if (in.warm_throughput) check_warm_throughput(k, caller, *in.warm_throughput);
  if (k.streams.find(caller.account, caller.region, in.name)) throw stream_exists(in.name, caller.account);
  const int shards = on_demand ? std::max(kOnDemandShards, in.warm_throughput.value_or(0))
                               : in.shards.value_or(kOnDemandShards);
  k.check_shard_quota(caller.account, caller.region, shards);

  Stream stream;
  stream.account = caller.account;
  stream.region = caller.region;
  stream.name = in.name;
  stream.created = k.clock.now();
  stream.mode = on_demand ? "ON_DEMAND" : "PROVISIONED";
  stream.shards = even_shards(static_cast<std::uint32_t>(shards),
                              static_cast<std::uint64_t>(stream.created.time_since_epoch().count() / 1000));
  add_tags(stream.tags, in.tags, "stream " + in.name + " under account " + caller.account);
  stream.max_record_kib = in.max_record_size.value_or(stream.max_record_kib);
  stream.warm_mibps = in.warm_throughput;
  stream.distribution = in.distribution.value_or("");
  co_await k.begin_creation(std::move(stream));
  co_return Nothing{};
}

}  // namespace

extern const Operation kCreateStream;
const Operation kCreateStream =
    operation("CreateStream", kInput, kNothing, create_stream).writes().on(stream_of);

}  // namespace millrace::kinesis
