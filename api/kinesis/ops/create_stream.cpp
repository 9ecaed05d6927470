// CreateStream: a stream of evenly split shards, ACTIVE when the answer comes.
// Source: Kinesis API reference, CreateStream.
#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

constexpr int kOnDemandShards = 4;

struct CreateStreamInput {
  std::string name;
  std::optional<int> shards;
  std::optional<StreamModeDetails> mode;
  std::map<std::string, std::string> tags;
  std::optional<int> warm_throughput, max_record_size;
  std::optional<std::string> distribution;
};

constexpr auto kInput = shape<CreateStreamInput>(
    field("StreamName", &CreateStreamInput::name, required, kStreamName),
    field("ShardCount", &CreateStreamInput::shards, range(1, 2147483647)),
    field("StreamModeDetails", &CreateStreamInput::mode, kStreamModeDetails),
    field("Tags", &CreateStreamInput::tags, length(1, 200), keys(length(1, 128)), each(length(0, 256))),
    field("WarmThroughputMiBps", &CreateStreamInput::warm_throughput, range(0, 2147483647)),
    field("MaxRecordSizeInKiB", &CreateStreamInput::max_record_size, range(1024, 10240)),
    field("RecordDistributionStrategy", &CreateStreamInput::distribution,
          one_of("AUTO", "USER_PARTITION_KEY")));

asio::awaitable<Nothing> create_stream(Kinesis& k, const Caller& caller, CreateStreamInput in) {
  const bool on_demand = in.mode && in.mode->mode == "ON_DEMAND";
  if (on_demand && in.shards)
    throw not_supported("ShardCount must not be specified for streams in ON_DEMAND mode.");
  if (!on_demand && !in.shards) throw shard_count_missing();
  if (!in.tags.empty()) throw not_supported("Tags are not supported by this server yet; leave them out.");
  if (in.warm_throughput || in.max_record_size || in.distribution)
    throw not_supported(
        "WarmThroughputMiBps, MaxRecordSizeInKiB and RecordDistributionStrategy are not supported by this "
        "server yet; "
        "leave them out.");
  if (k.streams.find(caller.account, caller.region, in.name)) throw stream_exists(in.name, caller.account);
  const int shards = on_demand ? kOnDemandShards : *in.shards;
  const std::int64_t have = k.streams.open_shards(caller);
  if (have + shards > k.options.max_shards)
    throw too_many_shards(caller.account, caller.region, have, k.options.max_shards, shards);

  Stream stream;
  stream.account = caller.account;
  stream.region = caller.region;
  stream.name = in.name;
  stream.created = k.clock.now();
  stream.mode = on_demand ? "ON_DEMAND" : "PROVISIONED";
  stream.shards = even_shards(static_cast<std::uint32_t>(shards),
                              static_cast<std::uint64_t>(stream.created.time_since_epoch().count() / 1000));
  co_await k.streams.create(std::move(stream));
  co_return Nothing{};
}

}  // namespace

extern const Operation kCreateStream;
const Operation kCreateStream = operation("CreateStream", kInput, kNothing, create_stream);

}  // namespace millrace::kinesis
