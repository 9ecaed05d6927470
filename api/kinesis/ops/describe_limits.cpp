// DescribeLimits: the account's quotas in the region, and what is used. Source: Kinesis API reference,
// DescribeLimits.
#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

constexpr int kMaxOnDemandStreams = 50;  // AWS's default quota; not enforced, as there is no reason here

struct DescribeLimitsOutput {
  int shard_limit = 0, open_shards = 0, on_demand_streams = 0, on_demand_limit = kMaxOnDemandStreams;
};
constexpr auto kOutput =
    shape<DescribeLimitsOutput>(field("ShardLimit", &DescribeLimitsOutput::shard_limit),
                                field("OpenShardCount", &DescribeLimitsOutput::open_shards),
                                field("OnDemandStreamCount", &DescribeLimitsOutput::on_demand_streams),
                                field("OnDemandStreamCountLimit", &DescribeLimitsOutput::on_demand_limit));

asio::awaitable<DescribeLimitsOutput> describe_limits(Kinesis& k, const Caller& caller, Nothing) {
  DescribeLimitsOutput out;
  out.shard_limit = static_cast<int>(k.options.max_shards);
  const Streams::Totals totals = k.streams.totals(caller.account, caller.region);
  out.open_shards = static_cast<int>(totals.open_shards);
  out.on_demand_streams = static_cast<int>(totals.on_demand_streams);
  co_return out;
}

}  // namespace

extern const Operation kDescribeLimits;
const Operation kDescribeLimits =
    operation("DescribeLimits", kNothing, kOutput, describe_limits).reads().on(every_resource);

}  // namespace millrace::kinesis
